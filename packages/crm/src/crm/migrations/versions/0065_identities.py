"""Accounts at an OpenID provider that sign a user in."""

from alembic import op

revision = "0065"
down_revision = "0064"

SQL = """
-- An account at a provider belongs to one user, and a user has one at each provider.
CREATE TABLE identities (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    issuer     text NOT NULL,
    subject    text NOT NULL,
    email      text NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz NOT NULL,
    UNIQUE (issuer, subject),
    UNIQUE (user_id, issuer)
);
"""


def upgrade() -> None:
    op.execute(SQL)
