"""Reminders of tasks and the daily digest, at the times when each user works.

A row says that a reminder or a digest was begun, so that no restart sends a second one.
"""

from alembic import op

revision = "0051"
down_revision = "0050"

SQL = """
-- Users without a row have the defaults. Without a time zone it is that of the organization. Days are those of ISO 8601.
CREATE TABLE working_hours (
    user_id      bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    time_zone    text NOT NULL,
    working_days smallint[] NOT NULL CHECK (working_days <@ '{1,2,3,4,5,6,7}' AND cardinality(working_days) > 0),
    quiet_from   time,
    quiet_until  time,
    reminders    boolean NOT NULL,
    digest       boolean NOT NULL,
    updated_at   timestamptz NOT NULL,
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL) AND quiet_from <> quiet_until)
);

-- `due` is the time of the task that the reminder is about: a task that is put off gets another one.
CREATE TABLE reminders (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id    bigint NOT NULL REFERENCES tasks ON DELETE CASCADE,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    due        timestamp NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at    timestamptz,
    UNIQUE (task_id, user_id, due)
);
CREATE INDEX reminders_of_user ON reminders (user_id);
CREATE INDEX reminders_by_time ON reminders (created_at);

CREATE TABLE digests (
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    day        date NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at    timestamptz,
    PRIMARY KEY (user_id, day)
);
"""


def upgrade() -> None:
    op.execute(SQL)
