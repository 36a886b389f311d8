"""The delivery engine under webhooks, notifications and their mail: claim, send, record, retry, give up.

A delivery is one message to one target: a webhook endpoint or a notification channel. It is written in the transaction
of the change that caused it, together with a job. Each job makes one attempt. A worker that dies in between leaves
the job to another, which sends again: every message goes out at least once.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec

from crm.kernel import clock, jobs
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.security.encryption import DecryptionError


class Task(msgspec.Struct, frozen=True):
    """What a worker needs for one attempt. `attempts` counts those made in this run; a restart begins the next run."""

    id: int
    target_id: int
    run: int
    attempts: int


class Attempt(msgspec.Struct, frozen=True):
    """One attempt in the history; without an `error` the message was accepted."""

    id: int
    at: datetime
    error: str
    took_ms: int


class Outcome(msgspec.Struct, frozen=True):
    """The result of one attempt. A failure has an `error` or the HTTP `status`; without `retry` it is the last."""

    delivered: bool
    error: str = ""
    status: int | None = None
    answer: str = ""
    retry: bool = True


T = TypeVar("T", bound=Task)
A = TypeVar("A", bound=Attempt)


class DeliveryQueue(msgspec.Struct, Generic[T, A], frozen=True, kw_only=True):
    """The deliveries to one kind of target.

    `job` and `job_key` are the job's name and the name of the delivery's id in its payload: queued jobs have them.
    `table` holds the deliveries and `attempts_table` their history, whose columns are the fields of `attempt`.
    `task_columns` are the fields that `task` adds to `Task`. They name a row of `table` as `delivery` and of `targets`
    as `target`; so does `sendable`, without which a delivery waits. `retry_delays` are the pauses before each retry.
    """

    job: str
    job_key: str
    priority: int
    table: str
    targets: str
    target_id: str
    delivered: str
    attempts_table: str
    attempt_of: str
    attempt: type[A]
    task: type[T]
    task_columns: str
    sendable: str = "true"
    retry_delays: tuple[timedelta, ...]

    async def enqueue(
        self, connection: Connection, ids: Iterable[int], *, priority: int | None = None, at: datetime | None = None
    ) -> None:
        """Enqueue the first attempt of new deliveries, to be made at once or at that time."""
        payloads = [self._payload(delivery_id) for delivery_id in ids]
        priority = self.priority if priority is None else priority
        await jobs.enqueue(connection, self.job, *payloads, at=at, priority=priority)

    async def attempt_delivery(
        self,
        context: AppContext,
        payload: dict[str, Any],
        send: Callable[[AppContext, T], Awaitable[Outcome]],
        before_record: Callable[[Connection, T, Outcome], Awaitable[None]] | None = None,
    ) -> None:
        """Make one attempt: claim it, send outside any transaction, record. A recorded attempt is not made again."""
        async with context.db.connection() as connection:
            task = await self._claim(connection, payload)
        if task is None:
            return
        began = time.monotonic()
        try:
            outcome = await send(context, task)
        except DecryptionError as error:
            outcome = Outcome(delivered=False, error=str(error))
        took_ms = round((time.monotonic() - began) * 1000)
        async with context.db.transaction() as connection:
            if before_record:
                await before_record(connection, task, outcome)
            await self._record(connection, task, outcome, took_ms)

    async def restart(self, connection: Connection, target_id: int, delivery_id: int) -> bool:
        """Send a message again, with all its retries. False if this target has no such delivery."""
        return await self._restart(connection, f"{self.target_id} = $2 AND id = $3", target_id, delivery_id)

    async def release_pending(self, connection: Connection, target_id: int) -> None:
        """Send what waits for a target that was resumed, each with all its retries."""
        await self._restart(connection, f"{self.target_id} = $2 AND state = 'pending'", target_id)

    async def suspend(self, connection: Connection, target_id: int) -> None:
        """Mark that nothing is due for a paused target."""
        await connection.execute(
            f"UPDATE {self.table} SET next_at = NULL WHERE {self.target_id} = $1 AND state = 'pending'", target_id
        )

    async def list_attempts(self, connection: Connection, ids: Iterable[int]) -> dict[int, list[A]]:
        """The attempts of these deliveries, oldest first."""
        history: dict[int, list[A]] = {delivery_id: [] for delivery_id in ids}
        rows = await connection.fetch(
            f"""
            SELECT {self.attempt_of}, {", ".join(self.attempt.__struct_fields__)}
            FROM {self.attempts_table}
            WHERE {self.attempt_of} = ANY($1)
            ORDER BY id
            """,
            list(history),
        )
        for row in rows:
            history[row[0]].append(self.attempt(*tuple(row)[1:]))
        return history

    async def _claim(self, connection: Connection, payload: dict[str, Any]) -> T | None:
        """The task of a job; None if its attempt was recorded already or its target is paused."""
        row = await connection.fetchrow(
            f"""
            SELECT delivery.id, target.id, delivery.run, delivery.attempts, {self.task_columns}
            FROM {self.table} AS delivery
            JOIN {self.targets} AS target ON target.id = delivery.{self.target_id}
            WHERE delivery.id = $1 AND delivery.run = $2 AND delivery.attempts = $3 AND delivery.state = 'pending'
              AND {self.sendable}
            """,
            payload[self.job_key], payload["run"], payload["attempt"],
        )  # fmt: skip
        return self.task(*row) if row else None

    async def _record(self, connection: Connection, task: T, outcome: Outcome, took_ms: int) -> None:
        """Write the attempt and the new state, and enqueue the retry, so that it is neither lost nor doubled."""
        at = clock.now()
        values = {**msgspec.structs.asdict(outcome), "at": at, "took_ms": took_ms}
        columns = [name for name in self.attempt.__struct_fields__ if name != "id"]
        await connection.execute(
            f"""
            INSERT INTO {self.attempts_table} ({self.attempt_of}, {", ".join(columns)})
            SELECT id, {", ".join(f"${place}" for place in range(2, len(columns) + 2))}
            FROM {self.table}
            WHERE id = $1
            """,
            task.id, *(values[name] for name in columns),
        )  # fmt: skip
        again = not outcome.delivered and outcome.retry and task.attempts < len(self.retry_delays)
        next_at = at + self.retry_delays[task.attempts] if again else None
        state = self.delivered if outcome.delivered else "pending" if again else "failed"
        updated = await connection.execute(
            f"""
            UPDATE {self.table}
            SET attempts = attempts + 1, state = $4, next_at = $5,
                settled_at = CASE WHEN $4 <> 'pending' THEN $6::timestamptz END
            WHERE id = $1 AND run = $2 AND attempts = $3 AND state = 'pending'
            """,
            task.id, task.run, task.attempts, state, next_at, at,
        )  # fmt: skip
        if again and updated == "UPDATE 1":  # otherwise it was restarted or recorded meanwhile
            retry = self._payload(task.id, task.run, task.attempts + 1)
            await jobs.enqueue(connection, self.job, retry, at=next_at, priority=self.priority)

    async def _restart(self, connection: Connection, condition: str, *values: int) -> bool:
        rows = await connection.fetch(
            f"""
            UPDATE {self.table}
            SET state = 'pending', run = run + 1, attempts = 0, next_at = $1, settled_at = NULL
            WHERE {condition}
            RETURNING id, run
            """,
            clock.now(), *values,
        )  # fmt: skip
        payloads = [self._payload(row["id"], row["run"]) for row in sorted(rows)]
        await jobs.enqueue(connection, self.job, *payloads, priority=self.priority)
        return bool(rows)

    def _payload(self, delivery_id: int, run: int = 1, attempt: int = 0) -> dict[str, int]:
        return {self.job_key: delivery_id, "run": run, "attempt": attempt}
