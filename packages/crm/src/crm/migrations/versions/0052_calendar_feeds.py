"""The secret address at which a user's calendar program reads their tasks. Only its hash is stored."""

from alembic import op

revision = "0052"
down_revision = "0051"

SQL = """
CREATE TABLE calendar_feeds (
    user_id    bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    read_at    timestamptz
);
"""


def upgrade() -> None:
    op.execute(SQL)
