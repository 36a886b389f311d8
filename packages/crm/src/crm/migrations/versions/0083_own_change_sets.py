"""Some change sets concern one person alone, such as those of a view of their own. Nobody else sees them.

Revision ID: 0083
Revises: 0074
"""

from alembic import op

revision = "0083"
down_revision = "0074"

SQL = "ALTER TABLE change_sets ADD COLUMN own boolean NOT NULL DEFAULT false"


def upgrade() -> None:
    op.execute(SQL)
