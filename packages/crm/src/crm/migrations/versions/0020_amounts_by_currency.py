"""Leads are sorted by amount within each currency, and amounts are added within each currency.

The release before sorts by `leads_by_value` and `leads_quiet`, so both stay.
"""

revision = "0020"
down_revision = "0019"

INDEXES = (
    # The text EUR0000012500.00 sorts by currency, then by amount.
    "CREATE INDEX CONCURRENTLY leads_by_amount ON leads"
    """ (((currency || lpad(value::text, 13, '0')) COLLATE "C"), id)""",
)


def upgrade() -> None:
    """The indexes are built after the transaction."""
