"""The index of the leads of an owner gives their numbers by status too. Drop what no release reads any more.

The columns `search` hold nothing since revision 0028. `leads_of_owner_newest` takes the place of `leads_of_owner`.
"""

from alembic import op

revision = "0086"
down_revision = "0085"

SQL = """
DROP INDEX leads_of_owner, leads_due;
DROP INDEX IF EXISTS leads_quiet_by_currency;
ALTER TABLE leads DROP COLUMN search;
ALTER TABLE contacts DROP COLUMN search;
ALTER TABLE companies DROP COLUMN search;
DROP FUNCTION search_words(text, text);
"""
INDEXES = (
    "CREATE INDEX CONCURRENTLY leads_of_owner_newest ON leads (owner_id, created_at, id) INCLUDE (status)"
    " WHERE NOT synthetic",
)


def upgrade() -> None:
    op.execute(SQL)
