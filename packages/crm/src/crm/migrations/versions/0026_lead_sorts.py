"""The list of leads is sorted by title and by the date of the next step; leads without a date come last.

Revision ID: 0026
Revises: 0025
"""

from alembic import op

revision = "0026"
down_revision = "0025"

SQL = """
CREATE INDEX leads_by_title ON leads (fold(lead_title(title, message, name)), id);
CREATE INDEX leads_by_next_action ON leads (coalesce(next_action_on, 'infinity'::date), id);
"""


def upgrade() -> None:
    op.execute(SQL)
