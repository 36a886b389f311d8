"""Processes submissions and runs every job that is due at a moment that the test chooses, once and in order.

The engine itself, with real processes and real time, is tried in `worker/`.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm import timetable
from crm.inbound import intake
from crm.kernel import clock
from crm.kernel.app_context import AppContext


async def list_jobs(context: AppContext, at: datetime | None = None) -> list[tuple[str, dict[str, object], datetime]]:
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


async def run(context: AppContext, at: datetime | None = None) -> int:
    """Run what is due at `at` (default: now), with the clock at that moment. Return the number of jobs."""
    await intake.process.process_batch(context.db)
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
