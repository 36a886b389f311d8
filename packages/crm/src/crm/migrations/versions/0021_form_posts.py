"""What a form has sent already, so that a second press stores nothing twice."""

from alembic import op

revision = "0021"
down_revision = "0020"

SQL = """
CREATE TABLE form_posts (
    user_id     bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    fingerprint bytea NOT NULL,
    location    text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (user_id, fingerprint)
);
"""


def upgrade() -> None:
    op.execute(SQL)
