"""The audit log: who did what, when, from where. Rows are only added, and old ones deleted when their time is over."""

from alembic import op

revision = "0023"
down_revision = "0022"

SQL = """
-- No foreign keys: an entry outlives what it is about.
CREATE TABLE audit_entries (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    action      text NOT NULL,
    actor_kind  text NOT NULL CHECK (actor_kind IN ('person', 'key', 'visitor', 'system')),
    actor_id    bigint,
    actor_name  text NOT NULL,
    client_ip   text NOT NULL,
    target_kind text NOT NULL,
    target_id   bigint,
    target_name text NOT NULL,
    before      jsonb NOT NULL,
    after       jsonb NOT NULL
);
CREATE INDEX audit_entries_newest ON audit_entries (at, id);
CREATE INDEX audit_entries_actions ON audit_entries (action, at, id);

CREATE FUNCTION protect_audit_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '30 days' THEN
            RETURN OLD;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        -- Names and addresses may be removed when a person is erased. Nothing else changes.
        IF NEW.actor_name IN (OLD.actor_name, '') AND NEW.target_name IN (OLD.target_name, '')
            AND NEW.client_ip IN (OLD.client_ip, '') AND NEW.before IN (OLD.before, '{}'::jsonb)
            AND NEW.after IN (OLD.after, '{}'::jsonb)
            AND (NEW.id, NEW.at, NEW.action, NEW.actor_kind, NEW.target_kind)
                = (OLD.id, OLD.at, OLD.action, OLD.actor_kind, OLD.target_kind)
            AND NEW.actor_id IS NOT DISTINCT FROM OLD.actor_id
            AND NEW.target_id IS NOT DISTINCT FROM OLD.target_id THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Audit entries are never changed, and never deleted before 30 days have passed.'
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION protect_audit_entries();
CREATE TRIGGER audit_entries_keep_all BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION protect_audit_entries();
"""


def upgrade() -> None:
    op.execute(SQL)
