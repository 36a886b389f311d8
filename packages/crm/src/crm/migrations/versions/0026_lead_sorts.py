"""The list of leads is sorted by the date of the next step; leads without a date come last.

The index of the search takes in the title, where the database has one.
"""

from alembic import op

revision = "0026"
down_revision = "0025"

INDEXES = ("CREATE INDEX CONCURRENTLY leads_by_next_action ON leads (coalesce(next_action_on, 'infinity'::date), id)",)

SEARCH = """
DO $do$
BEGIN
    IF to_regprocedure('index_leads(bigint[], boolean)') IS NOT NULL THEN
        EXECUTE replace(
            pg_get_functiondef('index_leads(bigint[], boolean)'::regprocedure),
            'concat_ws('' '', lead.name,', 'concat_ws('' '', lead.title, lead.name,'
        );
        CREATE TRIGGER search_titled AFTER UPDATE OF title ON leads
            FOR EACH ROW EXECUTE FUNCTION search_changed();
    END IF;
END
$do$;
"""


def upgrade() -> None:
    op.execute(SEARCH)
