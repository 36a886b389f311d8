"""Leads have a place on the board, and the day on which their work starts.

A lead without a place of its own stands where its `status_at` puts it, the newest first. So nothing is written when an
enquiry arrives, and the release before needs not know.
"""

from alembic import op

revision = "0071"
down_revision = "0070"

SQL = """
ALTER TABLE leads ADD COLUMN board_position numeric, ADD COLUMN starts_on date;
"""

INDEXES = (
    "CREATE INDEX CONCURRENTLY leads_board ON leads (status,"
    " coalesce(board_position, -extract(epoch FROM status_at AT TIME ZONE 'UTC') - id * 0.000000000000000001))"
    " INCLUDE (currency, value, owner_id) WHERE status NOT IN ('won', 'lost') AND NOT synthetic",
    # An enquiry has no owner yet, so it pays nothing for this one.
    "CREATE INDEX CONCURRENTLY leads_board_of_owner ON leads (owner_id, status,"
    " coalesce(board_position, -extract(epoch FROM status_at AT TIME ZONE 'UTC') - id * 0.000000000000000001))"
    " INCLUDE (currency, value) WHERE status NOT IN ('won', 'lost') AND NOT synthetic AND owner_id IS NOT NULL",
    # A lost lead may be asked again on a day, so it is in this index too.
    "CREATE INDEX CONCURRENTLY leads_with_due_step ON leads (next_action_on, id)"
    " WHERE next_action_on IS NOT NULL AND NOT synthetic",
    "CREATE INDEX CONCURRENTLY leads_by_start ON leads (starts_on) WHERE starts_on IS NOT NULL",
)


def upgrade() -> None:
    op.execute(SQL)
