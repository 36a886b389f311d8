"""Makes stored submissions leads, exactly once. An error is stored with the submission, where users see it."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

from crm.inbound.intake import actions, queries
from crm.inbound.intake.models import State
from crm.kernel import db, log
from crm.kernel.actor import VISITOR, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Database

BATCH = 100
"""How many submissions share a transaction. Larger batches cost less each, but take longer."""
POLL_S = 5.0
"""How often to look for new submissions without a notification."""
MAX_ATTEMPTS = 5
"""How often a submission is tried after temporary errors, before it counts as failed."""
_PACKAGE = Path(__file__).resolve().parent.parent
_log = log.get("intake")


async def process_waiting(
    app: AppContext, stop: asyncio.Event, wake: asyncio.Event, *, when_idle: Callable[[], Awaitable[bool]]
) -> None:
    """Process submissions until `stop` is set. `wake` is set when there is a new one.

    `when_idle` is called while no submission waits, until it returns False.
    """
    while not stop.is_set():
        wake.clear()
        # After a full batch, more submissions may wait.
        if await process_batch(app.db) == BATCH:
            continue
        try:
            has_more = await when_idle()
        except Exception as error:
            _log.warning("idle_work_failed", error=describe_error(error))
            has_more = False
        if not has_more:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), timeout=POLL_S)


async def process_batch(database: Database) -> int:
    """Process the oldest new submissions in one transaction and return how many there were. Never raises.

    If that fails, each submission is processed in its own transaction.
    """
    try:
        async with database.transaction() as conn:
            claimed = await queries.claim_new(conn, BATCH)
            if claimed:
                await actions.process(conn, claimed)
            return len(claimed)
    except db.UNREACHABLE as error:
        _log.warning("database_unreachable", error=type(error).__name__)
        return 0
    except Exception as error:
        _log.warning("batch_failed", submissions=len(claimed), error=describe_error(error))
    for submission in claimed:
        await process_submission(database, submission.id)
    return len(claimed)


async def process_submission(
    database: Database, submission_id: int, *, by: Actor = VISITOR, decided: bool = False
) -> None:
    """Make a submission a lead, hold it as possible spam, or store why neither was possible. Never raises.

    `decided` means that a user wants the lead, although the submission was held or has failed. Otherwise only a
    received submission is processed.
    """
    states: list[State] = ["received", "quarantined", "failed"] if decided else ["received"]
    try:
        async with database.transaction() as conn:
            claimed = await queries.claim(conn, submission_id, states, wait=decided)
            if claimed:
                await actions.process(conn, [claimed], by=by, decided=decided)
    except Exception as error:  # the enquiry is stored, so any error can be handled later
        _log.error(
            "submission_failed", submission=submission_id, error=describe_error(error), trail=_list_locations(error)
        )
        await _store_error(database, submission_id, states, error)


async def _store_error(database: Database, submission_id: int, states: list[State], error: Exception) -> None:
    try:
        async with database.transaction() as conn:
            claimed = await queries.claim(conn, submission_id, states, wait=True)
            if claimed is not None:
                is_temporary = isinstance(error, db.TEMPORARY) and claimed.attempts + 1 < MAX_ATTEMPTS
                await actions.fail(
                    conn, claimed, describe_error(error), final=not is_temporary or claimed.state != "received"
                )
    except Exception as second:  # it stays received, and a scheduled job retries it
        _log.error("submission_left", submission=submission_id, error=describe_error(second))


def describe_error(error: Exception) -> str:
    """Describe an error for the inbox, with its class and location.

    Its message is left out, because it may quote the visitor.
    """
    kind = type(error).__name__
    if isinstance(error, asyncpg.PostgresError):
        names = (("constraint", error.constraint_name), ("column", error.column_name), ("table", error.table_name))
        where = next((f" ({word} {name})" for word, name in names if name), "")
        why = "was busy" if isinstance(error, db.TEMPORARY) else "rejected it"
        return f"The database {why}: {kind}{where}, code {error.sqlstate}."
    if isinstance(error, db.UNREACHABLE):
        return f"The database could not be reached ({kind})."
    locations = _list_locations(error)
    place = f" in {locations[-1]}" if locations else ""
    return f"Internal error: {kind}{place}. Please report this to whoever runs the service."


def _list_locations(error: Exception) -> list[str]:
    """The lines of our code in the traceback, innermost last."""
    return [
        f"{Path(frame.filename).relative_to(_PACKAGE)}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(_PACKAGE)
    ]
