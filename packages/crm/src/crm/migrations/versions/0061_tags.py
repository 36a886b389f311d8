"""Tags with colors on leads, contacts and companies.

A record holds the ids of its tags, so that they are deleted, restored and changed with it. A tag that is deleted or
merged keeps its row, so that this can be undone without writing any record.
"""

from alembic import op

revision = "0061"
down_revision = "0060"

SQL = """
CREATE TABLE tags (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL CHECK (name <> ''),
    color       text NOT NULL,
    merged_into bigint REFERENCES tags ON DELETE CASCADE,
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    deleted_at  timestamptz
);
CREATE UNIQUE INDEX tags_by_name ON tags (name_key(name) COLLATE "C") WHERE merged_into IS NULL AND deleted_at IS NULL;
CREATE INDEX tags_merged ON tags (merged_into) WHERE merged_into IS NOT NULL;

ALTER TABLE leads ADD COLUMN tag_ids bigint[] NOT NULL DEFAULT '{}';
ALTER TABLE contacts ADD COLUMN tag_ids bigint[] NOT NULL DEFAULT '{}';
ALTER TABLE companies ADD COLUMN tag_ids bigint[] NOT NULL DEFAULT '{}';
"""
# A record without tags costs the index nothing.
INDEXES = tuple(
    f"CREATE INDEX CONCURRENTLY {table}_tagged ON {table} USING gin (tag_ids) WHERE tag_ids <> '{{}}'"
    for table in ("leads", "contacts", "companies")
)


def upgrade() -> None:
    op.execute(SQL)
