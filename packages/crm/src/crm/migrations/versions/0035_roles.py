"""People have a role, and can be disabled. Those who are here become owners, as are those whom the release before adds."""

from alembic import op

revision = "0035"
down_revision = "0032"

SQL = """
ALTER TABLE users
    ADD COLUMN role text NOT NULL DEFAULT 'owner' CHECK (role IN ('owner', 'member', 'viewer')),
    ADD COLUMN disabled_at timestamptz;
"""


def upgrade() -> None:
    op.execute(SQL)
