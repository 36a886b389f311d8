"""Bulk changes of contacts and companies too. Each is a change set, which undoes it.

A row of `bulk_change_rows` is about a record of any kind; its column keeps the name `lead_id` of the release before.
"""

from alembic import op

revision = "0081"
down_revision = "0077"

SQL = """
ALTER TABLE bulk_changes
    ADD COLUMN noun text NOT NULL DEFAULT 'lead',
    ADD COLUMN change_set_id bigint NOT NULL DEFAULT nextval(pg_get_serial_sequence('change_sets', 'id'));
COMMENT ON COLUMN bulk_change_rows.lead_id IS 'The id of the record; of a change of a record, if a change set is undone.';
"""


def upgrade() -> None:
    op.execute(SQL)
