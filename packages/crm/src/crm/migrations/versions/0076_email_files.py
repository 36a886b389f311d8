"""Files of e-mails that are written here.

Revision ID: 0076
Revises: 0075
"""

from alembic import op

revision = "0076"
down_revision = "0075"

SQL = r"""
-- Without an e-mail, the form that will be sent is still open. Once an e-mail is sent, its source holds its files.
CREATE TABLE email_files (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email_id     bigint REFERENCES emails ON DELETE CASCADE,
    user_id      bigint REFERENCES users ON DELETE CASCADE,
    name         text NOT NULL,
    content_type text NOT NULL,
    size         bigint NOT NULL,
    content_id   bigint NOT NULL REFERENCES file_contents,
    created_at   timestamptz NOT NULL
);
CREATE INDEX email_files_of_email ON email_files (email_id, id);
CREATE INDEX email_files_of_content ON email_files (content_id);
CREATE INDEX email_files_of_user ON email_files (user_id) WHERE user_id IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(SQL)
