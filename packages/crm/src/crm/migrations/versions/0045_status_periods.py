"""Reports count how long leads stay in each status, and find the first answer of many leads at once.

A trigger writes the periods, so the release before writes them too. It runs only when a status changes, so a new
enquiry costs nothing. The past is read from the timelines.
"""

from alembic import op

revision = "0045"
down_revision = "0038"

SQL = r"""
-- One row for each status that a lead has left. The status that it is in is in the lead itself.
CREATE TABLE status_periods (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id    bigint NOT NULL REFERENCES leads ON DELETE CASCADE,
    status     text NOT NULL,
    entered_at timestamptz NOT NULL,
    left_at    timestamptz NOT NULL,
    CHECK (left_at >= entered_at)
);
CREATE INDEX status_periods_of_lead ON status_periods (lead_id, status);

CREATE FUNCTION status_left() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO status_periods (lead_id, status, entered_at, left_at)
    VALUES (OLD.id, OLD.status, OLD.status_at, greatest(OLD.status_at, NEW.status_at));
    RETURN NULL;
END
$$;
CREATE TRIGGER status_left AFTER UPDATE OF status ON leads
    FOR EACH ROW WHEN (OLD.status <> NEW.status AND NOT NEW.synthetic)
    EXECUTE FUNCTION status_left();
"""

INDEXES = (
    "CREATE INDEX CONCURRENTLY activities_answers ON activities (lead_id, at)"
    " WHERE by_kind = 'person' AND kind IN ('call', 'email', 'meeting', 'status')",
)

PAST = r"""
INSERT INTO status_periods (lead_id, status, entered_at, left_at)
SELECT lead_id, lower(words[1]), entered_at, greatest(entered_at, at)
FROM (
    SELECT lead_id, at,
           regexp_match(substr(body, length(by_name) + 1), '^ moved it from (\w+) to \w+[.:]') AS words,
           coalesce(lag(at) OVER (PARTITION BY lead_id ORDER BY at, activities.id), leads.created_at) AS entered_at
    FROM activities
    JOIN leads ON leads.id = lead_id
    WHERE kind = 'status' AND NOT leads.synthetic
) AS moves
WHERE lower(words[1]) IN ('new', 'contacted', 'qualified', 'proposal', 'won', 'lost');
"""


def upgrade() -> None:
    op.execute(SQL)
    op.execute(PAST)
