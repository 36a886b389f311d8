"""A worker's shift at a moment the test chooses: submissions are processed, and every job due by then is
done, once, in order.

The engine itself, with real processes and real time, is tried in `worker/`.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm import timetable
from crm.inbound import intake
from crm.kernel import clock
from crm.kernel.app_context import AppContext


async def due(context: AppContext, at: datetime | None = None) -> list[tuple[str, dict[str, object], datetime]]:
    """Jobs in the queue, due by `at` (default: all), the next first."""
    async with context.db.connection() as conn:
        rows = await conn.fetch(
            """
            SELECT entrypoint, payload, execute_after FROM pgqueuer
            WHERE status = 'queued' AND ($1::timestamptz IS NULL OR execute_after <= $1)
            ORDER BY priority DESC, execute_after, id
            """,
            at,
        )
    return [(row["entrypoint"], msgspec.json.decode(row["payload"]), row["execute_after"]) for row in rows]


async def work(context: AppContext, at: datetime | None = None) -> int:
    """Do what is due at `at` (default: now) as if it were that moment; says how many jobs that were."""
    await intake.process_batch(context.db)
    moment = at or clock.now()
    done = 0
    while True:
        async with context.db.connection() as conn:
            row = await conn.fetchrow(
                """
                DELETE FROM pgqueuer WHERE id = (
                    SELECT id FROM pgqueuer WHERE status = 'queued' AND execute_after <= $1
                    ORDER BY priority DESC, execute_after, id LIMIT 1
                )
                RETURNING entrypoint, payload
                """,
                moment,
            )
        if row is None:
            return done
        with clock.at(moment):
            await timetable.JOBS[row["entrypoint"]](context, msgspec.json.decode(row["payload"]))
        done += 1
