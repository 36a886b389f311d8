"""Users write e-mails: templates, signatures, and messages that wait to be sent."""

from alembic import op

revision = "0055"
down_revision = "0054"

SQL = r"""
CREATE TABLE email_templates (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (name <> ''),
    subject    text NOT NULL,
    body       text NOT NULL,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE email_signatures (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    body    text NOT NULL
);

-- What the delivery engine needs of an e-mail that a user wrote. Its text is in `emails`.
CREATE TABLE outgoing_emails (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email_id   bigint NOT NULL UNIQUE REFERENCES emails ON DELETE CASCADE,
    user_id    bigint REFERENCES users ON DELETE SET NULL,
    lead_id    bigint REFERENCES leads ON DELETE SET NULL,
    contact_id bigint REFERENCES contacts ON DELETE SET NULL,
    bcc        text[] NOT NULL DEFAULT '{}',
    state      text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'canceled')),
    run        integer NOT NULL DEFAULT 1,
    attempts   integer NOT NULL DEFAULT 0,
    next_at    timestamptz,
    created_at timestamptz NOT NULL,
    settled_at timestamptz
);
CREATE INDEX outgoing_emails_of_lead ON outgoing_emails (lead_id) WHERE state IN ('pending', 'failed');
CREATE INDEX outgoing_emails_of_contact ON outgoing_emails (contact_id) WHERE state IN ('pending', 'failed');

CREATE TABLE outgoing_email_attempts (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    outgoing_email_id bigint NOT NULL REFERENCES outgoing_emails ON DELETE CASCADE,
    at                timestamptz NOT NULL,
    error             text NOT NULL,
    took_ms           integer NOT NULL
);
CREATE INDEX outgoing_email_attempts_of_email ON outgoing_email_attempts (outgoing_email_id, id);
"""


def upgrade() -> None:
    op.execute(SQL)
