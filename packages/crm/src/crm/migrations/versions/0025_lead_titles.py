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
CREATE FUNCTION lead_title(title text, message text, name text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    words text;
BEGIN
    IF title <> '' THEN
        RETURN title;
    END IF;
    words := regexp_replace(left(message, 500), '^\s*(hi|hello|hey|dear|good (morning|afternoon|evening))( \S+){0,3}?\s*([,!]|\n)\s*', '', 'i');
    words := btrim(regexp_replace(words, '\s+', ' ', 'g'));
    IF words = '' THEN
        words := btrim(regexp_replace(left(message, 500), '\s+', ' ', 'g'));
    END IF;
    IF words = '' THEN
        RETURN name;
    END IF;
    IF length(words) <= 60 THEN
        RETURN rtrim(words, '.');
    END IF;
    RETURN rtrim(coalesce(substring(words FROM '^(.{24,59})\s'), left(words, 59)), ' ,;:.-') || '…';
END
$$;
"""


def upgrade() -> None:
    op.execute(SQL)
