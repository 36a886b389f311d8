"""The lists: the sizes of columns that each user has chosen, and what filters by company, title and next step read.

A new enquiry is in one more index, that of companies. The index of the search marks the words of a lead's title with
`@t`; the job that indexes marks those of older leads.
"""

from alembic import op

revision = "0082"
down_revision = "0081"

SQL = """
CREATE TABLE column_sizes (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    list    text NOT NULL,
    sizes   jsonb NOT NULL,
    PRIMARY KEY (user_id, list)
);
"""
TITLES = """
DO $do$
BEGIN
    EXECUTE replace(
        pg_get_functiondef('index_leads(bigint[], boolean)'::regprocedure),
        $$'@o' || coalesce(lead.owner_id, 0)
               ]$$,
        $$'@o' || coalesce(lead.owner_id, 0)
               ] || ARRAY(
                   SELECT '@t' || word
                   FROM unnest(search_words(lead_title(lead.title, lead.message, lead.name))) AS word
               )$$
    );
END
$do$;
SELECT index_leads(ARRAY(SELECT id FROM leads ORDER BY id DESC LIMIT 2000));
INSERT INTO search_pending (kind, id)
(SELECT 'leads', id FROM leads ORDER BY id DESC OFFSET 2000)
ON CONFLICT DO NOTHING;
"""
INDEXES = (
    "CREATE INDEX CONCURRENTLY leads_companies ON leads (company) WHERE company <> '' AND NOT synthetic",
    "CREATE INDEX CONCURRENTLY leads_lost_reasons ON leads (lost_reason) WHERE lost_reason <> '' AND NOT synthetic",
    "CREATE INDEX CONCURRENTLY leads_without_next_step ON leads (status, created_at, id)"
    " WHERE next_action = '' AND status NOT IN ('new', 'won', 'lost') AND NOT synthetic",
    "CREATE INDEX CONCURRENTLY leads_next_actions ON leads (next_action) WHERE next_action <> '' AND NOT synthetic",
)


def upgrade() -> None:
    op.execute(SQL)
    op.execute(TITLES)
