"""A lead that nobody has named is called by the first sentence of its message, if that is a title's length.

The index of titles is built anew with what the function returns now. The job that indexes for the search takes all leads.
"""

from alembic import op

revision = "0089"
down_revision = "0088"

SQL = r"""
DROP INDEX IF EXISTS leads_by_title;

-- As before, but the title ends with the first sentence of 20 letters or more, and a capital letter after it. A regular
-- expression looks for it only where there may be one.
CREATE OR REPLACE FUNCTION lead_title(title text, message text, name text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    words text := message;
    gap integer;
BEGIN
    IF title <> '' THEN
        RETURN title;
    END IF;
    IF left(ltrim(message, E' \n\r\t'), 1) IN ('H', 'h', 'D', 'd', 'G', 'g') THEN
        words := regexp_replace(
            ltrim(left(message, 400), E' \n\r\t'),
            '^(hi|hello|hey|dear|good (morning|afternoon|evening))( \S+){0,3}?\s*([,!]|\n)\s*', '', 'i'
        );
        words := coalesce(nullif(words, ''), message);
    END IF;
    words := btrim(translate(left(words, 160), E'\n\r\t', '   '));
    IF strpos(words, '  ') > 0 THEN
        words := regexp_replace(words, ' +', ' ', 'g');
    END IF;
    IF strpos(substr(translate(left(words, 61), '?!', '..'), 20), '. ') > 0 THEN
        words := coalesce(substring(words FROM '^(.{19,59}?[.?!]) [[:upper:]]'), words);
    END IF;
    IF length(words) > 60 THEN
        words := left(words, 60);
        gap := strpos(reverse(words), ' ');
        RETURN rtrim(left(words, CASE WHEN gap BETWEEN 1 AND 36 THEN 60 - gap ELSE 59 END), ' ,;:.-') || '…';
    END IF;
    RETURN CASE WHEN words = '' THEN name ELSE rtrim(words, '.') END;
END
$$;
INSERT INTO search_pending (kind, id) (SELECT 'leads', id FROM leads WHERE title = '')
ON CONFLICT DO NOTHING;
"""
INDEXES = (
    "CREATE INDEX CONCURRENTLY leads_by_title_key ON leads"
    ' (name_key(lead_title(title, message, name)) COLLATE "C", id)',
)


def upgrade() -> None:
    op.execute(SQL)
