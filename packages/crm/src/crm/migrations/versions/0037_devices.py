"""When a session was confirmed with the password, and the browsers that each user has signed in from."""

from alembic import op

revision = "0037"
down_revision = "0036"

SQL = """
ALTER TABLE sessions ADD COLUMN confirmed_at timestamptz;

CREATE TABLE known_devices (
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash bytea NOT NULL,
    seen_at    timestamptz NOT NULL,
    PRIMARY KEY (user_id, token_hash)
);
CREATE INDEX known_devices_by_time ON known_devices (seen_at);
"""


def upgrade() -> None:
    op.execute(SQL)
