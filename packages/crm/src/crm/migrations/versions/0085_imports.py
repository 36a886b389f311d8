"""Imports: the rows of a file, what is to happen to each, what has, and what undoes it."""

from alembic import op

revision = "0085"
down_revision = "0084"

SQL = """
CREATE TABLE imports (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    noun        text NOT NULL CHECK (noun IN ('lead', 'contact', 'company')),
    file_name   text NOT NULL,
    state       text NOT NULL DEFAULT 'uploaded'
                CHECK (state IN ('uploaded', 'checking', 'checked', 'running', 'done', 'undoing', 'undone')),
    actor       jsonb NOT NULL,
    encoding    text NOT NULL,
    delimiter   text NOT NULL,
    header      jsonb NOT NULL,
    mapping     jsonb NOT NULL,
    rule        text NOT NULL DEFAULT 'new' CHECK (rule IN ('new', 'update')),
    date_order  text NOT NULL DEFAULT 'day' CHECK (date_order IN ('day', 'month')),
    notify      boolean NOT NULL DEFAULT false,
    auto_run    boolean NOT NULL DEFAULT false,
    tag         text NOT NULL DEFAULT '',
    value_map   jsonb NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL,
    started_at  timestamptz,
    finished_at timestamptz
);
CREATE INDEX imports_created ON imports (created_at, id);

-- `cells` is emptied once the row is done. `key` tells two rows about one record apart from rows about two.
CREATE TABLE import_rows (
    import_id bigint NOT NULL REFERENCES imports ON DELETE CASCADE,
    number    integer NOT NULL,
    cells     jsonb NOT NULL,
    state     text NOT NULL DEFAULT 'waiting'
              CHECK (state IN ('waiting', 'new', 'change', 'same', 'wrong', 'created', 'changed', 'undone', 'kept')),
    key       text,
    record_id bigint,
    name      text NOT NULL DEFAULT '',
    before    jsonb NOT NULL DEFAULT '{}',
    after     jsonb NOT NULL DEFAULT '{}',
    also      jsonb NOT NULL DEFAULT '[]',
    errors    jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (import_id, number)
);
CREATE INDEX import_rows_by_state ON import_rows (import_id, state, number);
CREATE INDEX import_rows_by_key ON import_rows (import_id, key) WHERE key IS NOT NULL;
CREATE INDEX import_rows_by_record ON import_rows (record_id) WHERE record_id IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(SQL)
