"""The job queue, the event log and the heartbeats of processes.

The queue's tables are PgQueuer's own; a test fails when the installed release declares others.
"""

from alembic import op
from pgqueuer.adapters.persistence import schema_ddl
from pgqueuer.domain.settings import DBSettings

revision = "0002"
down_revision = "0001"

SQL = """
CREATE TABLE events (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind    text NOT NULL,
    payload jsonb NOT NULL,
    at      timestamptz NOT NULL
);
CREATE INDEX events_by_time ON events (at);

CREATE TABLE heartbeats (
    process    text PRIMARY KEY,
    role       text NOT NULL CHECK (role IN ('web', 'worker')),
    version    text NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);

-- What each recurring job last did, so that one that has stopped can be seen.
CREATE TABLE job_runs (
    name        text PRIMARY KEY,
    every       interval NOT NULL,
    succeeded_at timestamptz,
    failed_at   timestamptz,
    error       text NOT NULL DEFAULT ''
);
"""


def upgrade() -> None:
    op.execute(schema_ddl.render_install(DBSettings(), create_schema=False))
    op.execute(SQL)
