"""A quick look for what people said of earlier enquiries from the same mail domain."""

from alembic import op

revision = "0013"
down_revision = "0012"

SQL = """
-- Those a person has judged: let out of quarantine, which is their lead's doing, or put aside as spam.
CREATE INDEX submissions_judged ON submissions (split_part(lower(body ->> 'email'), '@', 2), settled_at)
    WHERE (state = 'accepted' AND spam_score >= 5) OR (state = 'dismissed' AND error = '');
"""


def upgrade() -> None:
    op.execute(SQL)
