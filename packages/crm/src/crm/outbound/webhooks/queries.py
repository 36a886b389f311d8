"""The SQL of webhook endpoints."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort
from crm.outbound.webhooks.models import Webhook

COLUMNS = ", ".join(Webhook.__struct_fields__)

LISTING: Listing[Webhook] = Listing(
    table="webhooks", columns=COLUMNS, build=Webhook, sorts={"created_at": Sort("created_at", datetime)},
    default="-created_at", totals=Totals(),
)  # fmt: skip


class Overview(msgspec.Struct, frozen=True):
    """An endpoint in the list: how many deliveries wait, and the result of the last attempt."""

    webhook: Webhook
    waiting: int
    last_at: datetime | None
    last_status: int | None
    last_error: str


async def lock_sealed_secrets(connection: Connection) -> list[tuple[int, bytes, bytes | None]]:
    """The id, encrypted secret and old secret of every endpoint, locked until the transaction ends."""
    rows = await connection.fetch("SELECT id, sealed_secret, sealed_old_secret FROM webhooks ORDER BY id FOR UPDATE")
    return [(row[0], row[1], row[2]) for row in rows]


async def update_sealed_secrets(connection: Connection, webhook_id: int, sealed: bytes, old: bytes | None) -> None:
    """Write re-encrypted secrets. The version stays, since nothing changes for anybody."""
    await connection.execute(
        "UPDATE webhooks SET sealed_secret = $2, sealed_old_secret = $3 WHERE id = $1", webhook_id, sealed, old
    )


async def sealed_secret(connection: Connection, webhook_id: int) -> bytes:
    """The encrypted secret."""
    return bytes(await connection.fetchval("SELECT sealed_secret FROM webhooks WHERE id = $1", webhook_id))


async def record_success(connection: Connection, webhook_id: int) -> None:
    """Note that the endpoint works."""
    await connection.execute(
        "UPDATE webhooks SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL", webhook_id
    )


async def record_failure(connection: Connection, webhook_id: int, at: datetime) -> datetime | None:
    """Note a failure; returns the first one since the last success. None if the endpoint was deleted."""
    since: datetime | None = await connection.fetchval(
        "UPDATE webhooks SET failing_since = coalesce(failing_since, $2) WHERE id = $1 RETURNING failing_since",
        webhook_id, at,
    )  # fmt: skip
    return since


async def pause(connection: Connection, webhook_id: int, reason: str, at: datetime) -> Webhook | None:
    """Pause the endpoint; None if it is paused already."""
    row = await connection.fetchrow(
        f"""
        UPDATE webhooks
        SET active = false, paused_at = $3, pause_reason = $2, version = version + 1, updated_at = $3
        WHERE id = $1 AND active
        RETURNING {COLUMNS}
        """,
        webhook_id, reason, at,
    )  # fmt: skip
    return Webhook(*row) if row else None


async def list_overview(connection: Connection) -> list[Overview]:
    """All endpoints by name."""
    columns = ", ".join(f"webhook.{name}" for name in Webhook.__struct_fields__)
    rows = await connection.fetch(
        f"""
        SELECT {columns},
               (SELECT count(*) FROM webhook_deliveries WHERE webhook_id = webhook.id AND state = 'pending') AS waiting,
               last.at, last.status, coalesce(last.error, '')
        FROM webhooks AS webhook
        LEFT JOIN LATERAL (
            SELECT attempt.at, attempt.status, attempt.error
            FROM webhook_deliveries AS delivery
            JOIN webhook_attempts AS attempt ON attempt.delivery_id = delivery.id
            WHERE delivery.webhook_id = webhook.id
            ORDER BY delivery.id DESC, attempt.id DESC
            LIMIT 1
        ) AS last ON true
        ORDER BY webhook.name, webhook.id
        """
    )
    width = len(Webhook.__struct_fields__)
    return [Overview(Webhook(*tuple(row)[:width]), *tuple(row)[width:]) for row in rows]


async def count_pending(connection: Connection, webhook_id: int) -> int:
    """How many deliveries wait for the endpoint."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'pending'", webhook_id
    )
    return count
