"""E-mail on the record: messages with their sources, the entries of timelines they make, and addresses that bounce."""

from alembic import op

revision = "0054"
down_revision = "0052"

SQL = r"""
CREATE TABLE emails (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    direction   text NOT NULL CHECK (direction IN ('in', 'out')),
    kind        text NOT NULL DEFAULT 'message' CHECK (kind IN ('message', 'auto_reply', 'bounce')),
    state       text NOT NULL CHECK (state IN ('received', 'unmatched', 'attached', 'dismissed', 'outgoing')),
    message_id  text NOT NULL UNIQUE CHECK (message_id <> ''),
    in_reply_to text NOT NULL DEFAULT '',
    thread_id   bigint REFERENCES emails ON DELETE SET NULL,
    from_name   text NOT NULL DEFAULT '',
    from_email  text NOT NULL DEFAULT '',
    sent_to     text[] NOT NULL DEFAULT '{}',
    cc          text[] NOT NULL DEFAULT '{}',
    subject     text NOT NULL DEFAULT '',
    body        text NOT NULL DEFAULT '',
    quoted      text NOT NULL DEFAULT '',
    html        text NOT NULL DEFAULT '',
    attachments jsonb NOT NULL DEFAULT '[]',
    verified    boolean NOT NULL DEFAULT false,
    problem     text NOT NULL DEFAULT '',
    at          timestamptz NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX emails_of_thread ON emails (thread_id) WHERE thread_id IS NOT NULL;
CREATE INDEX emails_to_sort ON emails (received_at, id) WHERE state = 'unmatched';
CREATE INDEX emails_of_sender ON emails (lower(from_email), received_at);
CREATE INDEX emails_newest ON emails (at, id);
CREATE INDEX emails_received ON emails (received_at, id);

-- The message as it arrived. It is read only to show or parse it again. `fetch_id` names one that is not here yet.
CREATE TABLE email_sources (
    email_id bigint PRIMARY KEY REFERENCES emails ON DELETE CASCADE,
    raw      bytea,
    fetch_id text NOT NULL DEFAULT '',
    CHECK (raw IS NOT NULL OR fetch_id <> '')
);

CREATE TABLE bounces (
    email_key text PRIMARY KEY,
    email     text NOT NULL,
    reason    text NOT NULL,
    at        timestamptz NOT NULL
);

ALTER TABLE activities ADD COLUMN email_id bigint REFERENCES emails ON DELETE SET NULL;
"""

INDEXES = ("CREATE INDEX CONCURRENTLY activities_of_email ON activities (email_id) WHERE email_id IS NOT NULL",)


def upgrade() -> None:
    op.execute(SQL)
