"""Every page counts the sample leads, so an index holds those alone."""

revision = "0027"
down_revision = "0026"

INDEXES = ("CREATE INDEX CONCURRENTLY leads_of_samples ON leads (id) WHERE demo",)


def upgrade() -> None:
    """The index is built after the transaction."""
