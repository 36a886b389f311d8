"""The choices of the enquiry form are rows, which owners edit. The first ones are those of the form until now.

Rows are never removed, so that a form of an older build is accepted and every lead keeps the label of its choice.
"""

from alembic import op

revision = "0077"
down_revision = "0076"

SQL = """
CREATE TABLE form_choices (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    field      text NOT NULL,
    key        text NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,39}$'),
    label      text NOT NULL CHECK (label <> '' AND length(label) <= 80),
    position   integer NOT NULL,
    active     boolean NOT NULL DEFAULT true,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    UNIQUE (field, key),
    CHECK (deleted_at IS NULL OR NOT active)
);
CREATE UNIQUE INDEX form_choices_by_label ON form_choices (field, lower(label)) WHERE deleted_at IS NULL;

INSERT INTO form_choices (field, key, label, position, created_at, updated_at)
VALUES ('budget', 'under_5k', 'Under €5,000', 1, now(), now()),
       ('budget', 'from_5k_to_15k', '€5,000 to €15,000', 2, now(), now()),
       ('budget', 'from_15k_to_50k', '€15,000 to €50,000', 3, now(), now()),
       ('budget', 'over_50k', 'Over €50,000', 4, now(), now()),
       ('budget', 'unsure', 'Not sure yet', 5, now(), now()),
       ('project_type', 'new_product', 'A new product', 1, now(), now()),
       ('project_type', 'existing_system', 'An existing system', 2, now(), now()),
       ('project_type', 'integration', 'Connecting systems', 3, now(), now()),
       ('project_type', 'operations', 'Operations and reliability', 4, now(), now()),
       ('project_type', 'advice', 'Advice or a review', 5, now(), now()),
       ('project_type', 'other', 'Something else', 6, now(), now()),
       ('source', 'search', 'Search engine', 1, now(), now()),
       ('source', 'blog', 'An article of yours', 2, now(), now()),
       ('source', 'recommendation', 'A recommendation', 3, now(), now()),
       ('source', 'social', 'Social media', 4, now(), now()),
       ('source', 'event', 'An event', 5, now(), now()),
       ('source', 'other', 'Somewhere else', 6, now(), now());
"""


def upgrade() -> None:
    op.execute(SQL)
