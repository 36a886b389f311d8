"""A lead has a title. Until somebody names it, its title is the first words of its message.

The column is empty until then, so the release before can go on inserting rows without it.

Revision ID: 0025
Revises: 0016
"""

from alembic import op

revision = "0025"
down_revision = "0016"

SQL = r"""
ALTER TABLE leads ADD COLUMN title text NOT NULL DEFAULT '';

-- The title that readers see: the one it was given, else the first words of the message after a greeting such as
-- "Dear all,", else the name of the person. At most 60 characters, cut between two words where there is a space.
-- Regular expressions take most of its time, so only a message that begins with a greeting meets one.
CREATE FUNCTION lead_title(title text, message text, name text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    words text;
    rest text;
BEGIN
    IF title <> '' THEN
        RETURN title;
    END IF;
    words := ltrim(left(message, 400), E' \n\r\t');
    IF lower(substring(words FOR 3)) IN ('hi ', 'hi,', 'hi!', 'hel', 'hey', 'dea', 'goo') THEN
        rest := regexp_replace(words, '^(hi|hello|hey|dear|good (morning|afternoon|evening))( \S+){0,3}?\s*([,!]|\n)\s*', '', 'i');
        words := coalesce(nullif(rest, ''), words);
    END IF;
    words := btrim(translate(left(words, 160), E'\n\r\t', '   '));
    WHILE strpos(words, '  ') > 0 LOOP
        words := replace(words, '  ', ' ');
    END LOOP;
    IF words = '' THEN
        RETURN name;
    END IF;
    IF length(words) <= 60 THEN
        RETURN rtrim(words, '.');
    END IF;
    words := left(words, 60);
    IF strpos(reverse(words), ' ') BETWEEN 1 AND 36 THEN
        words := left(words, 60 - strpos(reverse(words), ' '));
    ELSE
        words := left(words, 59);
    END IF;
    RETURN rtrim(words, ' ,;:.-') || '…';
END
$$;
"""


def upgrade() -> None:
    op.execute(SQL)
