"""The SQL of deliveries and their attempts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort
from crm.webhooks.deliveries.models import SYNTHETIC, TEST, Attempt, Delivery, Outcome, Task

COLUMNS = ", ".join(Delivery.__struct_fields__)
ATTEMPT = ", ".join(Attempt.__struct_fields__)
# The receiver may tell two messages apart by their number alone, even after a restore from a backup.
_MESSAGE_ID = "'msg_' || replace(gen_random_uuid()::text, '-', '')"
_PAGE = 1000

LISTING: Listing[Delivery] = Listing(
    table="webhook_deliveries",
    columns=COLUMNS,
    build=Delivery,
    sorts={"id": Sort("id", int)},
    default="-id",
    totals=Totals(),
)


def _asks_for(kind: str) -> str:
    # A star stands for all that happens; what only looks as if it did is told to those who name it.
    return f"(events @> ARRAY[{kind}] OR events @> ARRAY['*'] AND {kind} <> '{SYNTHETIC}')"


WANTED = f"EXISTS (SELECT FROM webhooks WHERE {_asks_for('written.kind')})"
"""Whether any receiver asked for the event `written`."""


async def insert_for_all(connection: Connection, *, event_id: int, kind: str, body: str, at: datetime) -> list[int]:
    """A delivery for each receiver that asked for `kind`; their numbers."""
    rows = await connection.fetch(
        f"""
        INSERT INTO webhook_deliveries (webhook_id, event_id, message_id, event_kind, body, next_at, created_at)
        SELECT id, $1, {_MESSAGE_ID}, $2, $3, CASE WHEN active THEN $4::timestamptz END, $4
        FROM webhooks
        WHERE {_asks_for("$2")}
        RETURNING id
        """,
        event_id, kind, body, at,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def insert_test(connection: Connection, *, webhook_id: int, body: str, at: datetime) -> Delivery:
    """A test message for one receiver."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO webhook_deliveries (webhook_id, message_id, event_kind, body, next_at, created_at)
        VALUES ($1, {_MESSAGE_ID}, $2, $3, $4, $4)
        RETURNING {COLUMNS}
        """,
        webhook_id, TEST, body, at,
    )  # fmt: skip
    return Delivery(*row)


async def find(connection: Connection, webhook_id: int, number: int) -> Delivery | None:
    """One delivery of this receiver."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM webhook_deliveries WHERE id = $2 AND webhook_id = $1", webhook_id, number
    )
    return Delivery(*row) if row else None


async def attempts(connection: Connection, numbers: Iterable[int]) -> dict[int, list[Attempt]]:
    """The attempts of these deliveries, oldest first."""
    found: dict[int, list[Attempt]] = {number: [] for number in numbers}
    rows = await connection.fetch(
        f"SELECT delivery_id, {ATTEMPT} FROM webhook_attempts WHERE delivery_id = ANY($1) ORDER BY id", list(found)
    )
    for row in rows:
        found[row[0]].append(Attempt(*tuple(row)[1:]))
    return found


async def task(connection: Connection, *, number: int, run: int, attempt: int, at: datetime) -> Task | None:
    """What the worker needs to make this attempt; None when it was made already or its receiver is paused."""
    row = await connection.fetchrow(
        """
        SELECT delivery.id, webhook.id, delivery.message_id, delivery.event_kind, delivery.body, delivery.run,
               delivery.attempts, webhook.url, webhook.sealed_secret,
               CASE WHEN webhook.old_secret_until > $5 THEN webhook.sealed_old_secret END
        FROM webhook_deliveries AS delivery
        JOIN webhooks AS webhook ON webhook.id = delivery.webhook_id
        WHERE delivery.id = $1 AND delivery.run = $2 AND delivery.attempts = $3 AND delivery.state = 'pending'
          AND (webhook.active OR delivery.event_kind = $4)
        """,
        number, run, attempt, TEST, at,
    )  # fmt: skip
    return Task(*row) if row else None


async def insert_attempt(connection: Connection, number: int, outcome: Outcome, at: datetime) -> None:
    """Write one call into the history."""
    await connection.execute(
        """
        INSERT INTO webhook_attempts (delivery_id, at, status, error, answer, took_ms)
        SELECT id, $2, $3, $4, $5, $6 FROM webhook_deliveries WHERE id = $1
        """,
        number, at, outcome.status, outcome.error, outcome.answer, outcome.took_ms,
    )  # fmt: skip


async def settle(connection: Connection, task: Task, state: str, at: datetime, pause: timedelta | None) -> bool:
    """Write what came of an attempt; False when another worker has written it before."""
    done = await connection.execute(
        """
        UPDATE webhook_deliveries
        SET attempts = attempts + 1, state = $4, next_at = $5,
            settled_at = CASE WHEN $4 <> 'pending' THEN $6::timestamptz END
        WHERE id = $1 AND run = $2 AND attempts = $3 AND state = 'pending'
        """,
        task.id, task.run, task.attempts, state, at + pause if pause else None, at,
    )  # fmt: skip
    return bool(done == "UPDATE 1")


async def run_anew(connection: Connection, numbers: list[int], at: datetime) -> list[tuple[int, int]]:
    """Begin a new run of these deliveries: their numbers, and that of the run."""
    rows = await connection.fetch(
        """
        UPDATE webhook_deliveries
        SET state = 'pending', run = run + 1, attempts = 0, next_at = $2, settled_at = NULL
        WHERE id = ANY($1)
        RETURNING id, run
        """,
        numbers, at,
    )  # fmt: skip
    return [(row["id"], row["run"]) for row in rows]


async def waiting(connection: Connection, webhook_id: int) -> list[int]:
    """Deliveries of this receiver that are not settled, oldest first."""
    rows = await connection.fetch(
        "SELECT id FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'pending' ORDER BY id", webhook_id
    )
    return [row["id"] for row in rows]


async def wait(connection: Connection, webhook_id: int) -> None:
    """Nothing is due for a paused receiver."""
    await connection.execute(
        "UPDATE webhook_deliveries SET next_at = NULL WHERE webhook_id = $1 AND state = 'pending'", webhook_id
    )


async def forget(connection: Connection, before: datetime) -> int:
    """Delete some of what is older than `before`, and say how much; call again until that is nothing."""
    done = await connection.execute(
        """
        DELETE FROM webhook_deliveries
        WHERE id IN (SELECT id FROM webhook_deliveries WHERE created_at < $1 ORDER BY created_at LIMIT $2)
        """,
        before, _PAGE,
    )  # fmt: skip
    return int(done.removeprefix("DELETE "))


async def forget_events(connection: Connection, before: datetime) -> int:
    """Delete some events older than `before`, with whatever they set off, and say how many."""
    done = await connection.execute(
        "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < $1 ORDER BY at LIMIT $2)", before, _PAGE
    )
    return int(done.removeprefix("DELETE "))
