"""Owners invite people by mail, and see when somebody was here last."""

from alembic import op

revision = "0036"
down_revision = "0035"

SQL = """
ALTER TABLE users ADD COLUMN last_seen_at timestamptz;

CREATE TABLE invitations (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email       text NOT NULL CHECK (email = lower(email)),
    role        text NOT NULL CHECK (role IN ('owner', 'member', 'viewer')),
    invited_by  bigint REFERENCES users ON DELETE SET NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    accepted_at timestamptz,
    revoked_at  timestamptz
);
-- One open invitation for each address.
CREATE UNIQUE INDEX invitations_open ON invitations (email) WHERE accepted_at IS NULL AND revoked_at IS NULL;
"""


def upgrade() -> None:
    op.execute(SQL)
