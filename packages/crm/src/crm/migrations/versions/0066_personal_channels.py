"""Each user may have a notification channel of their own. The release before shows it among the others."""

from alembic import op

revision = "0066"
down_revision = "0065"

INDEXES = ("CREATE UNIQUE INDEX CONCURRENTLY channels_of_user ON channels (user_id) WHERE user_id IS NOT NULL",)


def upgrade() -> None:
    op.execute("ALTER TABLE channels ADD COLUMN user_id bigint REFERENCES users ON DELETE CASCADE")
