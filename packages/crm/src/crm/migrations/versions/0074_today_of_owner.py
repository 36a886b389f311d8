"""Today counts the due next steps and the quiet leads of one owner, and of all, in an index alone.

A new enquiry is in none of these indexes, so it costs nothing more.
"""

revision = "0074"
down_revision = "0071"

INDEXES = (
    "CREATE INDEX CONCURRENTLY leads_due_of_owner ON leads (owner_id, next_action_on, id)"
    " WHERE next_action_on IS NOT NULL AND status NOT IN ('won', 'lost') AND NOT synthetic",
    "CREATE INDEX CONCURRENTLY leads_quiet_of_owner ON leads (owner_id, currency, value DESC, id) INCLUDE (updated_at)"
    " WHERE status NOT IN ('new', 'won', 'lost') AND next_action_on IS NULL AND NOT synthetic",
    "CREATE INDEX CONCURRENTLY tasks_done_of_assignee ON tasks (assignee_id, done_at, id)"
    " WHERE done_at IS NOT NULL AND deleted_at IS NULL",
)


def upgrade() -> None:
    """Only the indexes."""
