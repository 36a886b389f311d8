"""A quick look for jobs that were given up, which every page takes."""

from alembic import op

revision = "0008"
down_revision = "0007"

SQL = "CREATE INDEX jobs_given_up ON pgqueuer (updated) WHERE status = 'failed'"


def upgrade() -> None:
    op.execute(SQL)
