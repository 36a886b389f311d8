"""What is told of backups and restores, when recurring jobs ran, and what each process has done.

The columns have defaults or may be empty, so the release before goes on writing to both tables.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

SQL = """
ALTER TABLE job_runs
    ADD COLUMN schedule   text NOT NULL DEFAULT '',
    ADD COLUMN since      timestamptz,
    ADD COLUMN started_at timestamptz;

ALTER TABLE heartbeats ADD COLUMN figures jsonb NOT NULL DEFAULT '{}';

CREATE TABLE backups (
    name        text PRIMARY KEY,
    taken_at    timestamptz NOT NULL,
    bytes       bigint NOT NULL CHECK (bytes >= 0),
    destination text NOT NULL,
    told_at     timestamptz NOT NULL
);

CREATE TABLE restores (
    name             text NOT NULL,
    taken_at         timestamptz NOT NULL,
    proven_at        timestamptz NOT NULL,
    recovery_seconds double precision NOT NULL CHECK (recovery_seconds >= 0),
    data_age_seconds double precision NOT NULL CHECK (data_age_seconds >= 0),
    tables           integer NOT NULL CHECK (tables >= 0),
    rows             bigint NOT NULL CHECK (rows >= 0),
    proven           boolean NOT NULL,
    findings         text[] NOT NULL,
    told_at          timestamptz NOT NULL,
    PRIMARY KEY (name, proven_at)
);
"""


def upgrade() -> None:
    op.execute(SQL)
