"""Passkeys (WebAuthn): the public keys of each user, and the challenges that were used. Sessions say how they began."""

from alembic import op

revision = "0064"
down_revision = "0062"

SQL = """
-- All passkeys of a user share a handle, by which an authenticator recognizes the account.
CREATE TABLE passkeys (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    handle        bytea NOT NULL CHECK (length(handle) BETWEEN 16 AND 64),
    credential_id bytea NOT NULL UNIQUE CHECK (length(credential_id) <= 1023),
    public_key    bytea NOT NULL,
    sign_count    bigint NOT NULL CHECK (sign_count >= 0),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    created_at    timestamptz NOT NULL,
    used_at       timestamptz
);
CREATE INDEX passkeys_of_user ON passkeys (user_id);

-- A challenge is signed, so it is stored only once it is used, until it would have expired.
CREATE TABLE used_challenges (
    challenge  bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
);

-- Null for the sessions of the release before.
ALTER TABLE sessions ADD COLUMN method text;
"""


def upgrade() -> None:
    op.execute(SQL)
