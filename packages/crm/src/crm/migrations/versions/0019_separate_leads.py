"""A lead remembers that it is kept apart from another open lead of the same person."""

from alembic import op

revision = "0019"
down_revision = "0017"

SQL = """
ALTER TABLE leads ADD COLUMN separate boolean NOT NULL DEFAULT false;
"""


def upgrade() -> None:
    op.execute(SQL)
