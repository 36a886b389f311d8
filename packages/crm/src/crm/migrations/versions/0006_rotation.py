"""Secrets that overlap while they rotate, deliveries that can run anew, and quick forgetting of old events."""

from alembic import op

revision = "0006"
down_revision = "0005"

SQL = """
-- After a rotation the old secret signs too, until the receiver has had time to learn the new one.
ALTER TABLE webhooks ADD COLUMN sealed_old_secret bytea;
ALTER TABLE webhooks ADD COLUMN old_secret_until timestamptz;

-- A redelivery begins a new run, so that jobs of the run before know that they came too late.
ALTER TABLE webhook_deliveries ADD COLUMN run integer NOT NULL DEFAULT 1;
ALTER TABLE notifications ADD COLUMN run integer NOT NULL DEFAULT 1;
-- Where it leads, within the CRM.
ALTER TABLE notifications ADD COLUMN path text NOT NULL DEFAULT '';
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id) WHERE state = 'pending';

-- Deleting an event looks here for what it set off.
CREATE INDEX webhook_deliveries_of_event ON webhook_deliveries (event_id);
CREATE INDEX notifications_of_event ON notifications (event_id);
CREATE INDEX notifications_of_channel ON notifications (channel_id, id DESC);

-- Each try of a notification, as for webhooks.
CREATE TABLE notification_attempts (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notification_id bigint NOT NULL REFERENCES notifications ON DELETE CASCADE,
    at              timestamptz NOT NULL,
    error           text NOT NULL DEFAULT '',
    took_ms         integer NOT NULL
);
CREATE INDEX notification_attempts_of_notification ON notification_attempts (notification_id, id);

ALTER TABLE channels ADD COLUMN version integer NOT NULL DEFAULT 1;
"""


def upgrade() -> None:
    op.execute(SQL)
