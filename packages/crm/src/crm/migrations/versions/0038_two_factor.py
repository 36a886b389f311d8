"""Two-factor authentication: an encrypted secret for codes by time (RFC 6238), and recovery codes as digests."""

from alembic import op

revision = "0038"
down_revision = "0037"

SQL = """
-- Until totp_confirmed_at, the secret is only being set up. A step that was used is never accepted again.
ALTER TABLE users
    ADD COLUMN totp_secret bytea,
    ADD COLUMN totp_confirmed_at timestamptz,
    ADD COLUMN totp_last_step bigint NOT NULL DEFAULT 0;

CREATE TABLE recovery_codes (
    user_id   bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    used_at   timestamptz,
    PRIMARY KEY (user_id, code_hash)
);
"""


def upgrade() -> None:
    op.execute(SQL)
