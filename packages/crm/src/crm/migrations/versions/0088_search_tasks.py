"""The search finds tasks, and e-mails by their subject too.

The newest tasks are indexed here. The job indexes the older ones: those before the first in the index. They do not wait
in `search_pending`, from which the release before would take them without indexing them.
"""

from alembic import op

revision = "0088"
down_revision = "0086"

SQL = """
CREATE TABLE search_tasks (
    id    bigint PRIMARY KEY REFERENCES tasks ON DELETE CASCADE,
    words tsvector NOT NULL
);
CREATE INDEX search_tasks_words ON search_tasks USING gin (words);

CREATE FUNCTION index_tasks(ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    INSERT INTO search_tasks AS indexed (id, words)
    SELECT id, search_document(id, title, '', note, '', '{}')
    FROM tasks
    WHERE id = ANY (ids) AND deleted_at IS NULL
    FOR KEY SHARE
    ON CONFLICT (id) DO UPDATE SET words = excluded.words WHERE indexed.words <> excluded.words;
END
$$;

CREATE FUNCTION search_task_changed() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.deleted_at IS NULL THEN
        PERFORM index_tasks(ARRAY[NEW.id]);
    ELSE
        DELETE FROM search_tasks WHERE id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER search_changed AFTER INSERT OR UPDATE OF title, note, deleted_at ON tasks
    FOR EACH ROW EXECUTE FUNCTION search_task_changed();

CREATE TRIGGER vocabulary_add AFTER INSERT ON search_tasks REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_vocabulary_changed();
CREATE TRIGGER vocabulary_change AFTER UPDATE ON search_tasks REFERENCING OLD TABLE AS removed NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_vocabulary_changed();
CREATE TRIGGER vocabulary_remove AFTER DELETE ON search_tasks REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION search_vocabulary_changed();
"""
REPLACED = """
DO $do$
BEGIN
    EXECUTE replace(replace(
        pg_get_functiondef('search_vocabulary_changed()'::regprocedure),
        $$'search_activities')$$,
        $$'search_activities', 'search_tasks')$$
    ), $$AND NOT EXISTS (SELECT FROM search_activities$$,
       $$AND NOT EXISTS (SELECT FROM search_tasks WHERE words @@ format('''%1$s'' | ''~%1$s''', known.word)::tsquery)
      AND NOT EXISTS (SELECT FROM search_activities$$);
    EXECUTE replace(
        pg_get_functiondef('index_activities(bigint[])'::regprocedure),
        $$search_document(id, '', '', body, '', '{}')$$,
        $$search_document(
               id, '', '',
               concat_ws(' ', (SELECT subject FROM emails WHERE emails.id = activities.email_id), body), '', '{}'
           )$$
    );
END
$do$;
"""
FILL = """
SELECT index_tasks(ARRAY(SELECT id FROM tasks WHERE deleted_at IS NULL ORDER BY id DESC LIMIT 2000));
INSERT INTO search_pending (kind, id)
SELECT 'activities', id FROM activities WHERE email_id IS NOT NULL AND kind = 'email'
ON CONFLICT DO NOTHING;
"""


def upgrade() -> None:
    for statements in (SQL, REPLACED, FILL):
        op.execute(statements)
