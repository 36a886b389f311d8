"""What waits for an answer and what has gone quiet are found in order, and counted, by an index of their own."""

from alembic import op

revision = "0014"
down_revision = "0013"

SQL = """
CREATE INDEX leads_waiting ON leads (received_at, id)
    WHERE status = 'new' AND next_action_on IS NULL AND NOT synthetic;
CREATE INDEX leads_quiet ON leads (value DESC, id) INCLUDE (updated_at)
    WHERE status IN ('contacted', 'qualified', 'proposal') AND next_action_on IS NULL AND NOT synthetic;
"""


def upgrade() -> None:
    op.execute(SQL)
