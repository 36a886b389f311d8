"""Companies are sorted by their open leads and by the value of their won ones."""

revision = "0031"
down_revision = "0030"

# One holds the open leads alone, the other the won ones, so that counting reads no lead.
INDEXES = (
    "CREATE INDEX CONCURRENTLY leads_open_of_company ON leads (company_id)"
    " WHERE status NOT IN ('won', 'lost') AND NOT synthetic",
    "CREATE INDEX CONCURRENTLY leads_won_of_company ON leads (company_id, currency) INCLUDE (value)"
    " WHERE status = 'won' AND value > 0 AND NOT synthetic",
)


def upgrade() -> None:
    """The indexes are built after the transaction."""
