"""Enquiries that only test the way from the form to the owner, and the sink their notifications end in."""

from alembic import op

revision = "0009"
down_revision = "0008"

SQL = """
ALTER TABLE leads ADD COLUMN synthetic boolean NOT NULL DEFAULT false;
ALTER TABLE submissions ADD COLUMN synthetic boolean NOT NULL DEFAULT false;

CREATE INDEX leads_synthetic ON leads (created_at) WHERE synthetic;

CREATE TABLE synthetic_notices (
    lead_id bigint PRIMARY KEY REFERENCES leads ON DELETE CASCADE,
    title   text NOT NULL,
    body    text NOT NULL,
    at      timestamptz NOT NULL
);
"""


def upgrade() -> None:
    op.execute(SQL)
