"""Every page counts the sample leads, so an index holds those alone.

Revision ID: 0027
Revises: 0026
"""

from alembic import op

revision = "0027"
down_revision = "0026"

SQL = """
CREATE INDEX leads_of_samples ON leads (id) WHERE demo;
"""


def upgrade() -> None:
    op.execute(SQL)
