"""The SQL of receivers."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort
from crm.webhooks.models import FAILING_FOR, OLD_SECRET_FOR, Webhook

COLUMNS = ", ".join(Webhook.__struct_fields__)

LISTING: Listing[Webhook] = Listing(
    table="webhooks",
    columns=COLUMNS,
    build=Webhook,
    sorts={"created_at": Sort("created_at", datetime)},
    default="-created_at",
    totals=Totals(),
)


class Overview(msgspec.Struct, frozen=True):
    """A receiver in the list: what waits for it, and how its last call went."""

    webhook: Webhook
    waiting: int
    last_at: datetime | None
    last_status: int | None
    last_error: str


async def insert(
    connection: Connection, *, name: str, url: str, events: list[str], sealed_secret: bytes, at: datetime
) -> Webhook:
    """A new receiver."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO webhooks (name, url, events, sealed_secret, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        RETURNING {COLUMNS}
        """,
        name, url, events, sealed_secret, at,
    )  # fmt: skip
    return Webhook(*row)


async def find(connection: Connection, number: int, *, lock: bool = False) -> Webhook | None:
    """The receiver with this number; `lock` keeps others from changing it until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM webhooks WHERE id = $1{' FOR UPDATE' if lock else ''}", number
    )
    return Webhook(*row) if row else None


async def update(connection: Connection, webhook: Webhook, at: datetime) -> Webhook:
    """Write what people may change, as the next version."""
    row = await connection.fetchrow(
        f"""
        UPDATE webhooks
        SET name = $2, url = $3, events = $4, active = $5, failing_since = $6, paused_at = $7, pause_reason = $8,
            version = version + 1, updated_at = $9
        WHERE id = $1
        RETURNING {COLUMNS}
        """,
        webhook.id, webhook.name, webhook.url, webhook.events, webhook.active, webhook.failing_since,
        webhook.paused_at, webhook.pause_reason, at,
    )  # fmt: skip
    return Webhook(*row)


async def rotate(connection: Connection, number: int, sealed_secret: bytes, at: datetime) -> Webhook:
    """A new secret; the old one signs too for a while."""
    row = await connection.fetchrow(
        f"""
        UPDATE webhooks
        SET sealed_old_secret = sealed_secret, old_secret_until = $3, sealed_secret = $2,
            version = version + 1, updated_at = $4
        WHERE id = $1
        RETURNING {COLUMNS}
        """,
        number, sealed_secret, at + OLD_SECRET_FOR, at,
    )  # fmt: skip
    return Webhook(*row)


async def sealed_secrets(connection: Connection) -> list[tuple[int, bytes, bytes | None]]:
    """Every receiver's number, secret and old secret as they are kept; nobody changes them until the end."""
    rows = await connection.fetch("SELECT id, sealed_secret, sealed_old_secret FROM webhooks ORDER BY id FOR UPDATE")
    return [(row[0], row[1], row[2]) for row in rows]


async def put_secrets(connection: Connection, number: int, sealed: bytes, old: bytes | None) -> None:
    """The same secrets, sealed otherwise: no new version, since nothing has changed for anybody."""
    await connection.execute(
        "UPDATE webhooks SET sealed_secret = $2, sealed_old_secret = $3 WHERE id = $1", number, sealed, old
    )


async def sealed_secret(connection: Connection, number: int) -> bytes:
    """The secret as it is stored."""
    return bytes(await connection.fetchval("SELECT sealed_secret FROM webhooks WHERE id = $1", number))


async def delete(connection: Connection, number: int) -> None:
    """Remove a receiver with its whole history."""
    await connection.execute("DELETE FROM webhooks WHERE id = $1", number)


async def record_success(connection: Connection, number: int) -> None:
    """The receiver answered well: it is not failing any longer."""
    await connection.execute(
        "UPDATE webhooks SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL", number
    )


async def record_failure(connection: Connection, number: int, at: datetime) -> datetime | None:
    """The receiver failed; gives since when it has done so without a success between. None when it is gone."""
    since: datetime | None = await connection.fetchval(
        "UPDATE webhooks SET failing_since = coalesce(failing_since, $2) WHERE id = $1 RETURNING failing_since",
        number, at,
    )  # fmt: skip
    return since


async def pause(connection: Connection, number: int, reason: str, at: datetime) -> Webhook | None:
    """Pause the receiver; None when it is paused already."""
    row = await connection.fetchrow(
        f"""
        UPDATE webhooks
        SET active = false, paused_at = $3, pause_reason = $2, version = version + 1, updated_at = $3
        WHERE id = $1 AND active
        RETURNING {COLUMNS}
        """,
        number, reason, at,
    )  # fmt: skip
    return Webhook(*row) if row else None


async def overview(connection: Connection) -> list[Overview]:
    """All receivers by name, each with what waits for it and its last call."""
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


def overdue(since: datetime, at: datetime) -> bool:
    """True once a receiver has failed for so long that it is to be paused."""
    return at - since >= FAILING_FOR
