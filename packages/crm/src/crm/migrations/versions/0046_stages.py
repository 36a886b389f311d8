"""The stages of the pipeline are rows. A lead's status is the key of one.

The release before knows six statuses. They are the first rows, and rows are never removed: a deleted stage keeps its
row, so that past statuses keep their names.
"""

from alembic import op

revision = "0046"
down_revision = "0045"

SQL = """
CREATE TABLE stages (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key         text NOT NULL UNIQUE CHECK (key ~ '^[a-z][a-z0-9_]{0,39}$'),
    name        text NOT NULL CHECK (name <> '' AND length(name) <= 40),
    kind        text NOT NULL CHECK (kind IN ('open', 'won', 'lost')),
    position    integer NOT NULL,
    probability integer NOT NULL CHECK (probability BETWEEN 0 AND 100),
    stale_days  integer NOT NULL CHECK (stale_days BETWEEN 0 AND 365),
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    deleted_at  timestamptz,
    -- Indexes and statements name the two stages that close a lead.
    CHECK (kind = CASE WHEN key IN ('won', 'lost') THEN key ELSE 'open' END),
    -- Enquiries arrive in the first, and a lead ends in one of the others.
    CHECK (deleted_at IS NULL OR key NOT IN ('new', 'won', 'lost'))
);
CREATE UNIQUE INDEX stages_by_name ON stages (lower(name)) WHERE deleted_at IS NULL;

INSERT INTO stages (key, name, kind, position, probability, stale_days, created_at, updated_at)
VALUES ('new', 'New', 'open', 1, 10, 2, now(), now()),
       ('contacted', 'Contacted', 'open', 2, 20, 7, now(), now()),
       ('qualified', 'Qualified', 'open', 3, 40, 14, now(), now()),
       ('proposal', 'Proposal', 'open', 4, 60, 14, now(), now()),
       ('won', 'Won', 'won', 1, 100, 0, now(), now()),
       ('lost', 'Lost', 'lost', 1, 0, 0, now(), now());

ALTER TABLE leads ADD CONSTRAINT leads_stage FOREIGN KEY (status) REFERENCES stages (key) NOT VALID;
"""


def upgrade() -> None:
    op.execute(SQL)
