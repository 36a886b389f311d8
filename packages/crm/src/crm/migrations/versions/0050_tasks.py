"""Many tasks for a lead, a contact, a company or nobody. The next step of a lead is its first open task.

Two triggers keep the tasks of a lead and its columns `next_action` and `next_action_on` the same, so the release before
reads and writes the columns as it always did. A job makes tasks of the next steps that are there already.
"""

from alembic import op

revision = "0050"
down_revision = "0047"

SQL = r"""
-- `due_on` and `due_time` are local to the organization; `due` is what tasks are sorted by, without a date last.
-- `recurrence` is an RRULE of RFC 5545. `repeats_id` is the task that was done before this one of a series.
CREATE TABLE tasks (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title       text NOT NULL CHECK (title <> ''),
    note        text NOT NULL DEFAULT '',
    due_on      date,
    due_time    time,
    due         timestamp NOT NULL GENERATED ALWAYS AS (
        coalesce(due_on + coalesce(due_time, time '23:59:59'), timestamp '9999-12-31')
    ) STORED,
    recurrence  text NOT NULL DEFAULT '',
    assignee_id bigint REFERENCES users ON DELETE SET NULL,
    lead_id     bigint REFERENCES leads ON DELETE CASCADE,
    contact_id  bigint REFERENCES contacts ON DELETE CASCADE,
    company_id  bigint REFERENCES companies ON DELETE CASCADE,
    repeats_id  bigint REFERENCES tasks ON DELETE SET NULL,
    done_at     timestamptz,
    deleted_at  timestamptz,
    demo        boolean NOT NULL DEFAULT false,
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    CHECK (due_on IS NOT NULL OR due_time IS NULL AND recurrence = ''),
    CHECK (num_nonnulls(lead_id, contact_id, company_id) <= 1)
);
CREATE INDEX tasks_open ON tasks (due, id) INCLUDE (assignee_id) WHERE done_at IS NULL AND deleted_at IS NULL;
CREATE INDEX tasks_open_of_assignee ON tasks (assignee_id, due, id) WHERE done_at IS NULL AND deleted_at IS NULL;
CREATE INDEX tasks_timed ON tasks (due)
    WHERE due_time IS NOT NULL AND assignee_id IS NOT NULL AND done_at IS NULL AND deleted_at IS NULL;
CREATE INDEX tasks_done ON tasks (done_at, id) INCLUDE (assignee_id) WHERE done_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX tasks_of_lead ON tasks (lead_id, due, id);
CREATE INDEX tasks_of_contact ON tasks (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX tasks_of_company ON tasks (company_id) WHERE company_id IS NOT NULL;
CREATE INDEX tasks_deleted ON tasks (deleted_at) WHERE deleted_at IS NOT NULL;
-- A task that is done twice is repeated once.
CREATE UNIQUE INDEX tasks_repeated ON tasks (repeats_id);

CREATE FUNCTION first_task(lead bigint) RETURNS SETOF tasks
    LANGUAGE sql STABLE
AS $$
    SELECT * FROM tasks
    WHERE lead_id = lead AND done_at IS NULL AND deleted_at IS NULL
    ORDER BY due, id
    LIMIT 1
$$;

CREATE FUNCTION task_to_next_step() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    lead bigint;
    step tasks;
BEGIN
    FOREACH lead IN ARRAY ARRAY[OLD.lead_id, NULLIF(NEW.lead_id, OLD.lead_id)] LOOP
        CONTINUE WHEN lead IS NULL;
        SELECT * INTO step FROM first_task(lead);
        UPDATE leads
        SET next_action = coalesce(step.title, ''),
            next_action_on = step.due_on,
            version = version + 1,
            updated_at = greatest(updated_at, NEW.updated_at)
        WHERE id = lead AND (next_action, next_action_on) IS DISTINCT FROM (coalesce(step.title, ''), step.due_on);
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER task_to_next_step AFTER INSERT OR DELETE OR UPDATE
    OF title, due_on, due_time, lead_id, done_at, deleted_at ON tasks
    FOR EACH ROW EXECUTE FUNCTION task_to_next_step();

CREATE FUNCTION next_step_to_task() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    step bigint;
BEGIN
    SELECT id INTO step FROM first_task(NEW.id);
    IF NEW.next_action = '' THEN
        UPDATE tasks SET deleted_at = NEW.updated_at, version = version + 1, updated_at = NEW.updated_at
        WHERE id = step;
    ELSIF step IS NOT NULL THEN
        UPDATE tasks
        SET title = NEW.next_action,
            due_on = NEW.next_action_on,
            due_time = CASE WHEN NEW.next_action_on IS NOT NULL THEN due_time END,
            recurrence = CASE WHEN NEW.next_action_on IS NOT NULL THEN recurrence ELSE '' END,
            version = version + 1,
            updated_at = NEW.updated_at
        WHERE id = step;
    ELSE
        INSERT INTO tasks (title, due_on, assignee_id, lead_id, demo, created_at, updated_at)
        VALUES (NEW.next_action, NEW.next_action_on, NEW.owner_id, NEW.id, NEW.demo, NEW.updated_at, NEW.updated_at);
    END IF;
    RETURN NULL;
END
$$;
-- A change that a task has made does not go back to the task.
CREATE TRIGGER next_step_added AFTER INSERT ON leads
    FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND NEW.next_action <> '')
    EXECUTE FUNCTION next_step_to_task();
CREATE TRIGGER next_step_changed AFTER UPDATE OF next_action, next_action_on ON leads
    FOR EACH ROW WHEN (
        pg_trigger_depth() = 0
        AND (OLD.next_action, OLD.next_action_on) IS DISTINCT FROM (NEW.next_action, NEW.next_action_on)
    )
    EXECUTE FUNCTION next_step_to_task();
"""


def upgrade() -> None:
    op.execute(SQL)
