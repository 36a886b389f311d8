"""The SQL of the search over several tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crm.kernel.db import Connection
from crm.workspace.search.models import KINDS, Found, Kind

_FOUND: Mapping[Kind, str] = {
    "leads": """
        SELECT leads.id, lead_title(title, message, leads.name) AS title,
               concat_ws(' · ', leads.name, nullif(company, ''), stages.name, reference) AS detail,
               message AS body, '/leads/' || leads.id AS path, leads.created_at AS at
        FROM leads
        JOIN stages ON stages.key = leads.status
        WHERE leads.id = ANY ($1) AND NOT synthetic
    """,
    "contacts": """
        SELECT contacts.id, contacts.name AS title,
               concat_ws(' · ', nullif(job_title, ''), companies.name, nullif(email, ''), nullif(contacts.phone, ''))
                   AS detail,
               contacts.notes AS body, '/contacts/' || contacts.id AS path, contacts.created_at AS at
        FROM contacts
        LEFT JOIN companies ON companies.id = contacts.company_id
        WHERE contacts.id = ANY ($1)
    """,
    "companies": """
        SELECT id, name AS title, concat_ws(' · ', domain, nullif(phone, '')) AS detail, notes AS body,
               '/companies/' || id AS path, created_at AS at
        FROM companies
        WHERE id = ANY ($1)
    """,
    "tasks": """
        SELECT tasks.id, tasks.title,
               concat_ws(
                   ' · ',
                   CASE
                       WHEN done_at IS NOT NULL THEN 'Done'
                       WHEN due_on IS NOT NULL THEN 'Due ' || to_char(due_on, 'FMDD Mon YYYY')
                   END,
                   coalesce(lead_title(leads.title, leads.message, leads.name), contacts.name, companies.name)
               ) AS detail,
               note AS body, '/tasks/' || tasks.id AS path, tasks.created_at AS at
        FROM tasks
        LEFT JOIN leads ON leads.id = lead_id
        LEFT JOIN contacts ON contacts.id = tasks.contact_id
        LEFT JOIN companies ON companies.id = tasks.company_id
        WHERE tasks.id = ANY ($1)
    """,
    "activities": """
        SELECT activities.id,
               coalesce(lead_title(leads.title, leads.message, leads.name), contacts.name, companies.name) AS title,
               CASE activities.kind WHEN 'email' THEN 'E-mail' ELSE initcap(activities.kind) END
                   || ' · ' || by_name AS detail,
               concat_ws(' · ', nullif(emails.subject, ''), activities.body) AS body,
               CASE
                   WHEN activities.lead_id IS NOT NULL THEN '/leads/' || activities.lead_id
                   WHEN activities.contact_id IS NOT NULL THEN '/contacts/' || activities.contact_id
                   ELSE '/companies/' || activities.company_id
               END || '#activity-' || activities.id AS path,
               activities.at
        FROM activities
        LEFT JOIN emails ON emails.id = activities.email_id
        LEFT JOIN leads ON leads.id = activities.lead_id
        LEFT JOIN contacts ON contacts.id = activities.contact_id
        LEFT JOIN companies ON companies.id = activities.company_id
        WHERE activities.id = ANY ($1)
    """,
}


async def read_newest_ids(connection: Connection, kinds: Sequence[Kind]) -> dict[Kind, int]:
    """The highest id of each kind that is indexed; 0 without any."""
    row = await connection.fetchrow(
        "SELECT " + ", ".join(f"coalesce((SELECT max(id) FROM search_{kind}), 0) AS {kind}" for kind in kinds)
    )
    return {kind: row[kind] for kind in kinds}


async def match(connection: Connection, queries: Mapping[Kind, tuple[str, int]]) -> list[tuple[Kind, int]]:
    """The newest records of each kind that match its tsquery, at most so many."""
    # The sum keeps the planner from reading all rows in order because it expects more matches than there are. The
    # subquery keeps it from looking up each word in its statistics, which takes longer than the query.
    parts = [
        f"""
        (SELECT '{kind}' AS kind, id
        FROM search_{kind}
        WHERE words @@ (SELECT ${2 * place + 1}::text::tsquery)
        ORDER BY id + 0 DESC
        LIMIT ${2 * place + 2})
        """
        for place, kind in enumerate(queries)
    ]
    values = [value for query in queries.values() for value in query]
    rows = await connection.fetch("UNION ALL".join(parts), *values)
    return [(row["kind"], row["id"]) for row in rows]


async def read_found(connection: Connection, kind: Kind, ids: Sequence[int]) -> dict[int, Found]:
    """What the results show of these records, by id."""
    rows = await connection.fetch(_FOUND[kind], ids)
    return {record_id: Found(*values) for record_id, *values in map(tuple, rows)}


async def index_pending(connection: Connection, limit: int) -> int:
    """Index records that wait for it, and return how many there were."""
    taken = await connection.fetch(
        """
        DELETE FROM search_pending
        WHERE (kind, id) IN (
            SELECT kind, id
            FROM search_pending
            ORDER BY kind, id DESC
            LIMIT $1
            FOR UPDATE SKIP LOCKED
        )
        RETURNING kind, id
        """,
        limit,
    )
    for kind in KINDS:
        if ids := [row["id"] for row in taken if row["kind"] == kind]:
            await connection.execute(f"SELECT index_{kind}($1)", ids)
    return len(taken)


async def index_older_tasks(connection: Connection, limit: int) -> int:
    """Index the newest of the tasks before the first that is indexed, and return how many there were."""
    rows = await connection.fetch(
        """
        SELECT id
        FROM tasks
        WHERE id < (SELECT min(id) FROM search_tasks) AND deleted_at IS NULL
        ORDER BY id DESC
        LIMIT $1
        """,
        limit,
    )
    if rows:
        await connection.execute("SELECT index_tasks($1)", [row["id"] for row in rows])
    return len(rows)
