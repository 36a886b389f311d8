"""From stored submissions to leads: all or nothing, exactly once, and a fault is kept where a person sees it."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from pathlib import Path

import asyncpg

from crm.intake import actions, queries
from crm.intake.models import State
from crm.kernel import db, log
from crm.kernel.actor import VISITOR, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Database

BATCH = 200
"""So many submissions share a transaction: its cost is divided by this, and nobody waits long for its end."""
LOOK_EVERY_S = 5.0
"""How often new submissions are looked for when no notice comes."""
TRIES = 5
"""So often the clock tries again after a fault that may pass, before a person is asked."""
_PASSING = (
    *db.UNREACHABLE,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.OperatorInterventionError,
)
_ROOMS = Path(__file__).resolve().parent.parent
_log = log.get("intake")


async def process_waiting(app: AppContext, stop: asyncio.Event, wake: asyncio.Event) -> None:
    """Process submissions as they come, until `stop` is set. `wake` says that there is something new."""
    while not stop.is_set():
        wake.clear()
        taken = await process_batch(app.db)
        # A whole batch means that more may wait.
        if taken < BATCH:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), timeout=LOOK_EVERY_S)


async def process_batch(database: Database) -> int:
    """Process the oldest new submissions in one transaction and return how many there were. Never raises.

    Where one of them cannot be processed with the others, each is processed by itself.
    """
    try:
        async with database.transaction() as conn:
            claimed = await queries.claim_new(conn, BATCH)
            if claimed:
                await actions.process(conn, claimed)
            return len(claimed)
    except db.UNREACHABLE as fault:
        _log.warning("database_away", fault=type(fault).__name__)
        return 0
    except Exception as fault:
        _log.warning("batch_failed", submissions=len(claimed), fault=sentence(fault))
    for submission in claimed:
        await process_submission(database, submission.id)
    return len(claimed)


async def process_submission(database: Database, number: int, *, by: Actor = VISITOR, decided: bool = False) -> None:
    """Make a lead of submission `number`, or hold it as spam, or note why neither was possible. Never raises.

    `decided`: a person wants it to be a lead, whatever the rules say and whether it was held or has failed; else
    only one that has just been received is worked on.
    """
    states: list[State] = ["received", "quarantined", "failed"] if decided else ["received"]
    try:
        async with database.transaction() as conn:
            claimed = await queries.claim(conn, number, states, wait=decided)
            if claimed:
                await actions.process(conn, [claimed], by=by, decided=decided)
    except Exception as fault:  # whatever it is, the enquiry is stored and the visitor is thanked
        _log.error("submission_failed", submission=number, fault=sentence(fault), trail=_trail(fault))
        await _note(database, number, states, fault)


async def _note(database: Database, number: int, states: list[State], fault: Exception) -> None:
    try:
        async with database.transaction() as conn:
            claimed = await queries.claim(conn, number, states, wait=True)
            if claimed is not None:
                passing = isinstance(fault, _PASSING) and claimed.attempts + 1 < TRIES
                await actions.fail(conn, claimed, sentence(fault), final=not passing or claimed.state != "received")
    except Exception as second:  # it stays received, and the clock comes by
        _log.error("submission_left", submission=number, fault=sentence(second))


def sentence(fault: Exception) -> str:
    """The fault in words for the inbox, with what a programmer needs to find it: its class, and where or on what. Its
    message is left out, since it may quote what the visitor wrote."""
    kind = type(fault).__name__
    if isinstance(fault, asyncpg.PostgresError):
        names = (("constraint", fault.constraint_name), ("column", fault.column_name), ("table", fault.table_name))
        where = next((f" ({word} {name})" for word, name in names if name), "")
        why = "was busy with something else" if isinstance(fault, _PASSING) else "did not take it"
        return f"The database {why}: {kind}{where}, code {fault.sqlstate}."
    if isinstance(fault, db.UNREACHABLE):
        return f"The database could not be reached just then ({kind})."
    trail = _trail(fault)
    place = f" in {trail[-1]}" if trail else ""
    return f"A fault of ours, which whoever looks after this service can find by these words: {kind}{place}."


def _trail(fault: Exception) -> list[str]:
    """Which of our lines it went through, innermost last."""
    return [
        f"{Path(frame.filename).relative_to(_ROOMS)}:{frame.lineno}"
        for frame in traceback.extract_tb(fault.__traceback__)
        if Path(frame.filename).is_relative_to(_ROOMS)
    ]
