"""Drop the indexes that nothing reads any more, and let a flood of enquiries be indexed for the search afterwards.

The release before still reads the columns `search`, more slowly and without what is written from now on. Their words are
computed by `search_words(text, text)`, which gives none any more. The next release drops the columns.
"""

from alembic import op

revision = "0028"
down_revision = "0027"

SQL = """
DROP INDEX leads_dated_search, contacts_search, companies_search;
DROP INDEX leads_by_name, contacts_by_name, companies_by_name;
DROP INDEX leads_by_value, leads_quiet;

CREATE OR REPLACE FUNCTION search_words(strong text, weak text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ''::tsvector;

-- A transaction that sets crm.indexing to `later` leaves what it adds and changes to the job that indexes.
CREATE FUNCTION search_postponed() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO search_pending (kind, id)
    SELECT TG_TABLE_NAME, id FROM written
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
"""

TRIGGERS = "".join(
    f"""
CREATE TRIGGER search_added_later AFTER INSERT ON {table} REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT WHEN (current_setting('crm.indexing', true) = 'later')
    EXECUTE FUNCTION search_postponed();
CREATE TRIGGER search_changed_later AFTER UPDATE ON {table} REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT WHEN (current_setting('crm.indexing', true) = 'later')
    EXECUTE FUNCTION search_postponed();
"""
    for table in ("leads", "contacts", "companies")
)


def upgrade() -> None:
    op.execute(SQL)
    op.execute(TRIGGERS)
