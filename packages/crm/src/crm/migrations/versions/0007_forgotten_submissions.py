"""Deleting a lead deletes the submission it came from: what a person asked us to forget is then gone whole."""

from alembic import op

revision = "0007"
down_revision = "0006"

SQL = """
ALTER TABLE submissions DROP CONSTRAINT submissions_lead_id_fkey;
ALTER TABLE submissions
    ADD CONSTRAINT submissions_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads ON DELETE CASCADE NOT VALID;
ALTER TABLE submissions VALIDATE CONSTRAINT submissions_lead_id_fkey;
"""


def upgrade() -> None:
    op.execute(SQL)
