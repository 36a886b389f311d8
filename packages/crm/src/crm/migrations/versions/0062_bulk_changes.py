"""One change of many leads: what is done to each, which were left out and why, and what undoes it."""

from alembic import op

revision = "0062"
down_revision = "0061"

SQL = """
CREATE TABLE bulk_changes (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action      text NOT NULL,
    value       jsonb NOT NULL,
    actor       jsonb NOT NULL,
    state       text NOT NULL CHECK (state IN ('running', 'done', 'undoing', 'undone')),
    created_at  timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX bulk_changes_created ON bulk_changes (created_at);

-- `before` is the value that the change replaces. A row is done, left out with a reason, or undone.
CREATE TABLE bulk_change_rows (
    change_id bigint NOT NULL REFERENCES bulk_changes ON DELETE CASCADE,
    lead_id   bigint NOT NULL,
    before    jsonb NOT NULL,
    state     text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'skipped', 'failed', 'undone', 'kept')),
    message   text NOT NULL DEFAULT '',
    PRIMARY KEY (change_id, lead_id)
);
CREATE INDEX bulk_change_rows_by_state ON bulk_change_rows (change_id, state, lead_id);
"""


def upgrade() -> None:
    op.execute(SQL)
