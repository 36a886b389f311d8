"""Files of leads, contacts and companies. Their content lies in parts, so that little of it is in memory at a time.

Revision ID: 0075
Revises: 0074
"""

from alembic import op

revision = "0075"
down_revision = "0074"

SQL = r"""
-- Several files can have the same content. A job deletes content that nothing uses once `expires_at` has passed.
-- `key` is its name in the object store, `moved_at` when it went there. While it goes, `moving_at` says since when.
CREATE TABLE file_contents (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    moving_at  timestamptz,
    moved_at   timestamptz,
    expires_at timestamptz NOT NULL
);
CREATE INDEX file_contents_in_database ON file_contents (id) WHERE moved_at IS NULL;

CREATE TABLE file_parts (
    content_id bigint NOT NULL REFERENCES file_contents ON DELETE CASCADE,
    position   integer NOT NULL,
    data       bytea NOT NULL,
    PRIMARY KEY (content_id, position)
);
-- Most files are compressed already.
ALTER TABLE file_parts ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE files (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL CHECK (name <> ''),
    content_type text NOT NULL,
    size         bigint NOT NULL CHECK (size > 0),
    content_id   bigint NOT NULL REFERENCES file_contents,
    lead_id      bigint REFERENCES leads ON DELETE CASCADE,
    contact_id   bigint REFERENCES contacts ON DELETE CASCADE,
    company_id   bigint REFERENCES companies ON DELETE CASCADE,
    by_kind      text NOT NULL,
    by_id        bigint,
    by_name      text NOT NULL,
    demo         boolean NOT NULL DEFAULT false,
    version      integer NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    CHECK (num_nonnulls(lead_id, contact_id, company_id) = 1)
);
CREATE INDEX files_newest ON files (created_at, id);
CREATE INDEX files_of_content ON files (content_id);
CREATE INDEX files_of_lead ON files (lead_id, id) WHERE lead_id IS NOT NULL;
CREATE INDEX files_of_contact ON files (contact_id, id) WHERE contact_id IS NOT NULL;
CREATE INDEX files_of_company ON files (company_id, id) WHERE company_id IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(SQL)
