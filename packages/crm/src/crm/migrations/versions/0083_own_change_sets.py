"""Some change sets concern one person alone, such as those of a view of their own. Nobody else sees them."""

from alembic import op

revision = "0083"
down_revision = "0077"

SQL = "ALTER TABLE change_sets ADD COLUMN own boolean NOT NULL DEFAULT false"


def upgrade() -> None:
    op.execute(SQL)
