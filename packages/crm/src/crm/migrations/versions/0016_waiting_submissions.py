"""The worker finds new submissions in order by an index of their own, however many wait."""

from alembic import op

revision = "0016"
down_revision = "0015"

SQL = """
CREATE INDEX submissions_waiting ON submissions (received_at, id) WHERE state = 'received' AND attempts = 0;
"""


def upgrade() -> None:
    op.execute(SQL)
