"""Today counts the due next steps and the quiet leads of one owner, and of all, in an index alone.

A new enquiry is in neither index, so it costs nothing more.

Revision ID: 0053
Revises: 0052
"""

revision = "0053"
down_revision = "0052"

INDEXES = (
    "CREATE INDEX CONCURRENTLY leads_due_of_owner ON leads (owner_id, next_action_on, id)"
    " WHERE next_action_on IS NOT NULL AND status NOT IN ('won', 'lost') AND NOT synthetic",
    "CREATE INDEX CONCURRENTLY leads_quiet_of_owner ON leads (owner_id, currency, value DESC, id) INCLUDE (updated_at)"
    " WHERE status IN ('contacted', 'qualified', 'proposal') AND next_action_on IS NULL AND NOT synthetic",
)


def upgrade() -> None:
    """Only the indexes."""
