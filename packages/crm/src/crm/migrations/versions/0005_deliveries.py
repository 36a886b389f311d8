"""Webhooks and notification channels, and what was delivered to each."""

from alembic import op

revision = "0005"
down_revision = "0004"

SQL = """
CREATE TABLE webhooks (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL CHECK (name <> ''),
    url           text NOT NULL,
    events        text[] NOT NULL,
    sealed_secret bytea NOT NULL,
    active        boolean NOT NULL DEFAULT true,
    failing_since timestamptz,
    paused_at     timestamptz,
    pause_reason  text NOT NULL DEFAULT '',
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX webhooks_newest ON webhooks (created_at, id);

CREATE TABLE webhook_deliveries (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id  bigint NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    event_id    bigint REFERENCES events ON DELETE CASCADE,
    message_id  text NOT NULL UNIQUE,
    event_kind  text NOT NULL,
    body        text NOT NULL,
    state       text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts    integer NOT NULL DEFAULT 0,
    next_at     timestamptz,
    created_at  timestamptz NOT NULL,
    settled_at  timestamptz,
    UNIQUE (webhook_id, event_id)
);
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, id DESC);
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (created_at);

CREATE TABLE webhook_attempts (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery_id bigint NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
    at          timestamptz NOT NULL,
    status      integer,
    error       text NOT NULL DEFAULT '',
    answer      text NOT NULL DEFAULT '',
    took_ms     integer NOT NULL
);
CREATE INDEX webhook_attempts_of_delivery ON webhook_attempts (delivery_id, id);

CREATE TABLE channels (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL CHECK (name <> ''),
    service     text NOT NULL,
    sealed_url  bytea NOT NULL,
    hint        text NOT NULL,
    events      text[] NOT NULL,
    active      boolean NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

CREATE TABLE notifications (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel_id bigint NOT NULL REFERENCES channels ON DELETE CASCADE,
    event_id   bigint REFERENCES events ON DELETE CASCADE,
    title      text NOT NULL,
    body       text NOT NULL,
    state      text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed')),
    attempts   integer NOT NULL DEFAULT 0,
    error      text NOT NULL DEFAULT '',
    next_at    timestamptz,
    created_at timestamptz NOT NULL,
    settled_at timestamptz,
    UNIQUE (channel_id, event_id)
);
CREATE INDEX notifications_newest ON notifications (id DESC);

-- Mail as it left, or would have left: in development this is where it can be read.
CREATE TABLE mails (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recipient  text NOT NULL,
    subject    text NOT NULL,
    body       text NOT NULL,
    carrier    text NOT NULL CHECK (carrier IN ('resend', 'smtp', 'outbox')),
    created_at timestamptz NOT NULL
);
CREATE INDEX mails_newest ON mails (created_at DESC);
"""


def upgrade() -> None:
    op.execute(SQL)
