"""The index that finds words in leads learns the month each came in, so that it can give the latest alone."""

from alembic import op

revision = "0011"
down_revision = "0010"

SQL = """
-- A month is a word no text holds: @@202611.
CREATE FUNCTION dated(search tsvector, at timestamptz) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN search || array_to_tsvector(ARRAY[
        '@@' || (extract(year FROM at AT TIME ZONE 'UTC') * 100 + extract(month FROM at AT TIME ZONE 'UTC'))::integer
    ]);

CREATE INDEX leads_dated_search ON leads USING gin (dated(search, created_at));
DROP INDEX leads_search;
"""


def upgrade() -> None:
    op.execute(SQL)
