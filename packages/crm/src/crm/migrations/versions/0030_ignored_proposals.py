"""What an enquiry says of a contact can be ignored, and is not proposed again."""

from alembic import op

revision = "0030"
down_revision = "0028"

SQL = """
-- Entries such as `phone +49 30 1234567` and `company_id 7`: a field of the contact, and the value that it ignores.
ALTER TABLE contacts ADD COLUMN ignored text[] NOT NULL DEFAULT '{}';
"""


def upgrade() -> None:
    op.execute(SQL)
