"""What was deleted, whole, until its time is over: so that deleting can be undone."""

from alembic import op

revision = "0012"
down_revision = "0011"

SQL = """
-- `rows` holds by table what went with the record, each row as it was.
CREATE TABLE trash (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      text NOT NULL CHECK (kind IN ('lead', 'contact', 'company')),
    record_id bigint NOT NULL,
    name      text NOT NULL,
    rows      jsonb NOT NULL,
    by_name   text NOT NULL,
    at        timestamptz NOT NULL,
    UNIQUE (kind, record_id)
);
CREATE INDEX trash_newest ON trash (at, id);
"""


def upgrade() -> None:
    op.execute(SQL)
