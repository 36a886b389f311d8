"""Submissions: every form post as it came, before anything is made of it."""

from alembic import op

revision = "0004"
down_revision = "0003"

SQL = """
CREATE TABLE submissions (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference       text NOT NULL UNIQUE,
    idempotency_key text UNIQUE,
    fingerprint     bytea NOT NULL,
    state           text NOT NULL DEFAULT 'received'
                    CHECK (state IN ('received', 'accepted', 'quarantined', 'failed', 'dismissed')),
    body            jsonb NOT NULL,
    origin          text NOT NULL DEFAULT '',
    address_hash    bytea NOT NULL,
    device          text NOT NULL DEFAULT '',
    spam_score      integer NOT NULL DEFAULT 0,
    spam_reasons    text[] NOT NULL DEFAULT '{}',
    attempts        integer NOT NULL DEFAULT 0,
    error           text NOT NULL DEFAULT '',
    lead_id         bigint UNIQUE REFERENCES leads ON DELETE SET NULL,
    sent_at         timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    settled_at      timestamptz
);
CREATE INDEX submissions_by_state ON submissions (state, received_at, id);
CREATE INDEX submissions_by_address ON submissions (address_hash, received_at);
CREATE INDEX submissions_newest ON submissions (received_at, id);

-- A create by a program that carries an Idempotency-Key: the same key gives the same record.
CREATE TABLE idempotency_keys (
    api_key_id bigint NOT NULL REFERENCES api_keys ON DELETE CASCADE,
    key        text NOT NULL,
    fingerprint bytea NOT NULL,
    location   text NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (api_key_id, key)
);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (at);
"""


def upgrade() -> None:
    op.execute(SQL)
