"""Possible spam is deleted only after somebody has seen it, and the usual notifications say that it is held."""

from alembic import op

revision = "0022"
down_revision = "0021"

SQL = """
ALTER TABLE submissions ADD COLUMN seen_at timestamptz;
ALTER TABLE notifications ADD COLUMN reply_to text NOT NULL DEFAULT '';

-- Channels that still have the events they were created with.
UPDATE channels SET events = events || '{submission.quarantined}'::text[]
WHERE events @> '{lead.created,submission.failed,webhook.paused}'::text[]
  AND events <@ '{lead.created,submission.failed,webhook.paused}'::text[];
"""

# Every page asks whether a notification failed for good.
INDEXES = ("CREATE INDEX CONCURRENTLY notifications_failed ON notifications (id) WHERE state = 'failed'",)


def upgrade() -> None:
    op.execute(SQL)
