"""A job brings stored values into their normal form. It remembers how far it is."""

from alembic import op

revision = "0032"
down_revision = "0031"

SQL = """
CREATE TABLE normal_form_progress (
    kind        text PRIMARY KEY,
    rules       integer NOT NULL,
    after_id    bigint NOT NULL DEFAULT 0,
    changed     bigint NOT NULL DEFAULT 0,
    remaining   bigint NOT NULL DEFAULT 0,
    is_finished boolean NOT NULL DEFAULT false
);
"""


def upgrade() -> None:
    op.execute(SQL)
