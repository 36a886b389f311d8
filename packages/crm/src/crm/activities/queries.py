"""The SQL of activities."""

from __future__ import annotations

from datetime import datetime

from crm.activities.models import Activity, Kind
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort, Where

COLUMNS = ", ".join(Activity.__struct_fields__)

LISTING: Listing[Activity] = Listing(
    table="activities",
    columns=COLUMNS,
    build=Activity,
    sorts={"created_at": Sort("created_at", datetime)},
    default="-created_at",
    totals=Totals(),
)


def line(*, kind: str, body: str, by_kind: str, by_id: str, by_name: str, at: str, now: str, places: str) -> str:
    """The INSERT of one activity, to stand alone or inside a larger statement. Arguments are SQL: marks such as `$1`;
    `places` is a FROM item with the columns `lead_id`, `contact_id` and `company_id`."""
    return f"""
        INSERT INTO activities (kind, body, lead_id, contact_id, company_id, by_kind, by_id, by_name,
                                at, created_at, updated_at)
        SELECT {kind}, {body}, place.lead_id, place.contact_id, place.company_id, {by_kind}, {by_id}::bigint, {by_name},
               {at}::timestamptz, {now}::timestamptz, {now}::timestamptz
        FROM {places} AS place
        RETURNING {COLUMNS}
    """


# What is said of a lead also shows on its person and its company.
_PLACES = """(
            SELECT $7::bigint AS lead_id,
                   coalesce($8, leads.contact_id) AS contact_id,
                   coalesce($9, leads.company_id, contacts.company_id) AS company_id
            FROM (VALUES (true)) AS one
            LEFT JOIN leads ON leads.id = $7
            LEFT JOIN contacts ON contacts.id = coalesce($8, leads.contact_id)
        )"""
_INSERT = line(
    kind="$1", body="$2", by_kind="$3", by_id="$4", by_name="$5", at="$6", now="$10", places=_PLACES
)  # fmt: skip


async def insert(
    connection: Connection,
    *,
    kind: Kind,
    body: str,
    by: Actor,
    at: datetime,
    lead_id: int | None,
    contact_id: int | None,
    company_id: int | None,
    now: datetime,
) -> Activity:
    """Write one line."""
    row = await connection.fetchrow(
        _INSERT, kind, body, by.kind, by.id, by.name, at, lead_id, contact_id, company_id, now
    )
    return Activity(*row)


async def missing(
    connection: Connection, *, lead_id: int | None, contact_id: int | None, company_id: int | None
) -> list[str]:
    """Which of the records named do not exist, by the field that names them."""
    row = await connection.fetchrow(
        """
        SELECT $1::bigint IS NULL OR EXISTS (SELECT FROM leads WHERE id = $1) AS lead_id,
               $2::bigint IS NULL OR EXISTS (SELECT FROM contacts WHERE id = $2) AS contact_id,
               $3::bigint IS NULL OR EXISTS (SELECT FROM companies WHERE id = $3) AS company_id
        """,
        lead_id, contact_id, company_id,
    )  # fmt: skip
    return [name for name, there in row.items() if not there]


async def find(connection: Connection, number: int, *, lock: bool = False) -> Activity | None:
    """The activity with this number; `lock` keeps others from changing it until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM activities WHERE id = $1{' FOR UPDATE' if lock else ''}", number
    )
    return Activity(*row) if row else None


async def timeline(
    connection: Connection, column: str, number: int, *, limit: int, before: tuple[datetime, int] | None
) -> list[Activity]:
    """The newest lines of one record, from below `before` on."""
    where = Where()
    where.add(f"{column} = {{}}", number)
    if before is not None:
        where.add("(at, id) < ({}, {})", *before)
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS}
        FROM activities
        WHERE {where}
        ORDER BY at DESC, id DESC
        LIMIT {where.mark(limit)}
        """,
        *where.values,
    )
    return [Activity(*row) for row in rows]


async def update(connection: Connection, activity: Activity, now: datetime) -> Activity | None:
    """Write the changed `activity`, provided nobody else has since its version was read."""
    row = await connection.fetchrow(
        f"""
        UPDATE activities
        SET kind = $3, body = $4, at = $5, version = version + 1, updated_at = $6
        WHERE id = $1 AND version = $2
        RETURNING {COLUMNS}
        """,
        activity.id, activity.version, activity.kind, activity.body, activity.at, now,
    )  # fmt: skip
    return Activity(*row) if row else None


async def delete(connection: Connection, number: int) -> None:
    """Remove one line."""
    await connection.execute("DELETE FROM activities WHERE id = $1", number)


async def detach(connection: Connection, column: str, number: int) -> None:
    """Take a record off the lines that also show elsewhere, so that they outlive it."""
    others = " OR ".join(f"{other} IS NOT NULL" for other in ("lead_id", "contact_id", "company_id") if other != column)
    await connection.execute(f"UPDATE activities SET {column} = NULL WHERE {column} = $1 AND ({others})", number)


async def attach(connection: Connection, column: str, number: int | None, lines: list[int]) -> None:
    """Put a record on those of `lines` that are still there and name none."""
    await connection.execute(
        f"UPDATE activities SET {column} = $1 WHERE id = ANY($2) AND {column} IS NULL", number, lines
    )
