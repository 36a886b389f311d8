"""Check the statuses of all leads against the stages, in place of the fixed list.

Validating only reads, so it is a transaction of its own: nobody who writes leads waits for it.
"""

from alembic import op

revision = "0047"
down_revision = "0046"

SQL = """
ALTER TABLE leads VALIDATE CONSTRAINT leads_stage;
ALTER TABLE leads DROP CONSTRAINT leads_status_check;
"""

INDEXES = (
    "CREATE INDEX CONCURRENTLY leads_quiet_in_stages ON leads (currency, value DESC, id) INCLUDE (updated_at)"
    " WHERE status NOT IN ('new', 'won', 'lost') AND next_action_on IS NULL AND NOT synthetic",
)


def upgrade() -> None:
    op.execute(SQL)
