"""People save what a list shows, share it, and pin it in their sidebar."""

from alembic import op

revision = "0060"
down_revision = "0055"

SQL = """
-- `query` is the query of the list's URL. Without an owner a program saved it.
CREATE TABLE saved_views (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('leads', 'contacts', 'companies')),
    name       text NOT NULL CHECK (name <> ''),
    query      text NOT NULL,
    shared     boolean NOT NULL,
    owner_id   bigint REFERENCES users ON DELETE CASCADE,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CHECK (shared OR owner_id IS NOT NULL)
);
CREATE INDEX saved_views_of_owner ON saved_views (owner_id);

CREATE TABLE saved_view_pins (
    view_id bigint NOT NULL REFERENCES saved_views ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (user_id, view_id)
);
CREATE INDEX saved_view_pins_of_view ON saved_view_pins (view_id);
"""


def upgrade() -> None:
    op.execute(SQL)
