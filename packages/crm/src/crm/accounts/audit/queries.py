"""The SQL of the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crm.accounts.audit.models import REFUSALS, AuditEntry, Target
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort

LISTING: Listing[AuditEntry] = Listing(
    table="audit_entries",
    columns=", ".join(AuditEntry.__struct_fields__),
    build=AuditEntry,
    sorts={"at": Sort("at", datetime)},
    default="-at",
    totals=Totals(),
)


async def insert(
    connection: Connection,
    action: str,
    *,
    by: Actor,
    target: Target,
    before: dict[str, Any],
    after: dict[str, Any],
    at: datetime,
) -> None:
    """Add an entry."""
    await connection.execute(
        """
        INSERT INTO audit_entries (
            at, action, actor_kind, actor_id, actor_name, client_ip, target_kind, target_id, target_name, before, after
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        at, action, by.kind, by.id, by.name, by.client_ip, target.kind, target.id, target.name, before, after,
    )  # fmt: skip


async def count_refusals(connection: Connection, client_ip: str, since: datetime) -> tuple[int, int]:
    """How many refusals were recorded since then: of this client, and of all."""
    row = await connection.fetchrow(
        """
        SELECT count(*) FILTER (WHERE client_ip = $1) AS client, count(*) AS everyone
        FROM audit_entries
        WHERE action = ANY($3) AND at > $2
        """,
        client_ip, since, list(REFUSALS),
    )  # fmt: skip
    return row["client"], row["everyone"]


async def delete_before(connection: Connection, at: datetime, *, visitors_at: datetime) -> int:
    """Delete the entries before `at`, and those of visitors before `visitors_at`. Returns how many."""
    deleted: int = await connection.fetchval(
        """
        WITH deleted AS (
            DELETE FROM audit_entries
            WHERE at < $1 OR (actor_kind = 'visitor' AND at < $2)
            RETURNING 1
        )
        SELECT count(*) FROM deleted
        """,
        at, visitors_at,
    )  # fmt: skip
    return deleted


async def list_actors(connection: Connection) -> list[str]:
    """The names of everybody who has an entry, for the filter of the page."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT actor_name
        FROM audit_entries
        WHERE actor_kind <> 'visitor' AND actor_name <> ''
        ORDER BY actor_name
        LIMIT 200
        """
    )
    return [row["actor_name"] for row in rows]
