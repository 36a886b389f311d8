"""The words of a record are found by a function that a connection prepares once, not anew with each statement.

It gives what it gave before, so no row changes and no index is built again. Its helper is named with its schema: while
a backup is restored no schema is searched.
"""

from alembic import op

revision = "0015"
down_revision = "0014"

SQL = """
CREATE OR REPLACE FUNCTION search_words(strong text, weak text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    folded text := public.fold(strong);
BEGIN
    RETURN setweight(to_tsvector('simple', folded || ' ' || regexp_replace(folded, '[@./_-]', ' ', 'g')), 'A')
        || setweight(to_tsvector('simple', public.fold(weak)), 'B');
END
$$;
"""


def upgrade() -> None:
    op.execute(SQL)
