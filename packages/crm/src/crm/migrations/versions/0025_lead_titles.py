"""A lead has a title. Until somebody names it, its title is the first words of its message.

The column is empty until then, so the release before can go on inserting rows without it.
"""

from alembic import op

revision = "0025"
down_revision = "0023"

SQL = r"""
ALTER TABLE leads ADD COLUMN title text NOT NULL DEFAULT '';

-- The title that readers see: the one it was given, else the first words of the message after a greeting such as
-- "Dear all,", else the name of the person. At most 60 characters, cut between two words where there is a space.
-- Regular expressions take most of its time, so only a message that begins with a greeting meets one.
CREATE FUNCTION lead_title(title text, message text, name text) RETURNS text
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
    IF length(words) > 60 THEN
        words := left(words, 60);
        gap := strpos(reverse(words), ' ');
        RETURN rtrim(left(words, CASE WHEN gap BETWEEN 1 AND 36 THEN 60 - gap ELSE 59 END), ' ,;:.-') || '…';
    END IF;
    RETURN CASE WHEN words = '' THEN name ELSE rtrim(words, '.') END;
END
$$;
"""


def upgrade() -> None:
    op.execute(SQL)
