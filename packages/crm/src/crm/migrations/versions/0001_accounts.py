"""People who sign in, their sessions, API keys and settings."""

from alembic import op

revision = "0001"
down_revision = None

SQL = """
CREATE TABLE users (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         text NOT NULL UNIQUE CHECK (email = lower(email)),
    name          text NOT NULL CHECK (name <> ''),
    password_hash text NOT NULL,
    theme         text NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);

CREATE TABLE sessions (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    device     text NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    idle_until timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, seen_at DESC);
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- One row per failed sign-in; the pair of address and account is what gets throttled.
CREATE TABLE sign_in_failures (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account      bytea NOT NULL,
    address      bytea NOT NULL,
    at           timestamptz NOT NULL
);
CREATE INDEX sign_in_failures_by_pair ON sign_in_failures (account, address, at);
CREATE INDEX sign_in_failures_by_address ON sign_in_failures (address, at);
CREATE INDEX sign_in_failures_by_time ON sign_in_failures (at);

CREATE TABLE api_keys (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL CHECK (name <> ''),
    hint         text NOT NULL,
    token_hash   bytea NOT NULL UNIQUE,
    scopes       text[] NOT NULL,
    created_by   bigint REFERENCES users ON DELETE SET NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    expires_at   timestamptz,
    revoked_at   timestamptz
);

CREATE TABLE settings (
    name       text PRIMARY KEY,
    value      jsonb NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by bigint REFERENCES users ON DELETE SET NULL
);
"""


def upgrade() -> None:
    op.execute(SQL)
