"""A line of a timeline names the change set that it tells of, so that its page shows old and new.

Change sets are deleted after 30 days, so the column refers to none by a constraint.
"""

from alembic import op

revision = "0084"
down_revision = "0083"

SQL = "ALTER TABLE activities ADD COLUMN change_set_id bigint"


def upgrade() -> None:
    op.execute(SQL)
