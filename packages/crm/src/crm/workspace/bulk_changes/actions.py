"""What a bulk change does to each lead, and how each is undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from crm.kernel import clock, jobs
from crm.kernel.actor import Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import AppError, FieldError, NotFoundError, ValidationError
from crm.kernel.http.paging import Where
from crm.records import leads, stages, tags
from crm.records.leads import ChangeLead, Lead
from crm.workspace.bulk_changes import queries
from crm.workspace.bulk_changes.forms import BulkForm, NewBulkChange
from crm.workspace.bulk_changes.models import AT_ONCE, BulkChange, ChangeRow

JOB = "run_bulk_change"
SAFETY = timedelta(seconds=30)
"""A small change runs at once. If its process dies, the job does the rest then."""
Outcome = tuple[int, str, str]
"""A lead, the state of its row, and why it was left out."""


async def read_value(connection: Connection, form: BulkForm | NewBulkChange) -> dict[str, Any]:
    """What the action takes, from the form. Raises `ValidationError` if it is missing or does not exist."""
    if form.action == "assign":
        return {"owner_id": form.owner_id}
    if form.action in ("tag", "untag"):
        if form.tag_id is None:
            raise ValidationError([FieldError("tag_id", "Choose a tag.")])
        return {"tag_id": (await tags.get(connection, form.tag_id)).id}
    if form.action == "move":
        keys = (await stages.read(connection)).keys
        if form.status not in keys:
            raise ValidationError([FieldError("status", f"Choose one of: {', '.join(keys)}.")])
        if form.status == "lost" and not form.lost_reason:
            raise ValidationError([FieldError("lost_reason", "Say why they were lost; a few words will do.")])
        return {"status": form.status, "lost_reason": form.lost_reason}
    return {}


async def start(connection: Connection, action: str, value: dict[str, Any], where: Where, *, by: Actor) -> BulkChange:
    """Note a change of all leads that match. A job does it, unless `run_batch` has done it before."""
    change_id = await queries.insert(connection, action, value, by, where)
    change = await get(connection, change_id)
    at = clock.now() + (SAFETY if change.total <= AT_ONCE else timedelta())
    await jobs.enqueue(connection, JOB, {"id": change_id}, at=at, priority=jobs.SOON)
    return change


async def start_undo(connection: Connection, change_id: int) -> BulkChange:
    """Let a change be undone. Raises `NotFoundError` if there is no such finished change."""
    if not await queries.start_undo(connection, change_id):
        raise NotFoundError("There is nothing to undo.")
    await jobs.enqueue(connection, JOB, {"id": change_id}, at=clock.now() + SAFETY, priority=jobs.SOON)
    return await get(connection, change_id)


async def get(connection: Connection, change_id: int) -> BulkChange:
    """The change with its numbers. Raises `NotFoundError`."""
    change = await queries.find(connection, change_id)
    if change is None:
        raise NotFoundError("There is no such change of several leads. It may be more than 30 days old.")
    return change


async def run_batch(context: AppContext, change_id: int) -> bool:
    """Do the next leads of a change, or of its undo, in one transaction. Returns whether there are more.

    It is safe to run twice, also at once: a row is done in the transaction that changes its lead.
    """
    async with context.db.transaction() as conn:
        change = await queries.find(conn, change_id)
        if change is None or change.state not in ("running", "undoing"):
            return False
        undoing = change.state == "undoing"
        rows = await queries.take_rows(conn, change_id, "done" if undoing else "waiting")
        if not rows:
            await queries.finish(conn, change_id)
            return False
        by = await queries.read_actor(conn, change_id)
        if change.action == "assign" and not undoing:
            results = await _assign(conn, change, rows, by)
        else:
            results = [await _apply(conn, change, row, by, undoing=undoing) for row in rows]
        await queries.note_rows(conn, change_id, results)
    return True


async def _assign(conn: Connection, change: BulkChange, rows: Sequence[ChangeRow], by: Actor) -> list[Outcome]:
    """Assign the leads together, so that the new owner gets one mail."""
    owner_id, results, found = change.value["owner_id"], [], []
    for row in rows:
        lead = await leads.find(conn, row.lead_id, lock=True)
        if lead is None:
            results.append((row.lead_id, "failed", "It was deleted meanwhile."))
        elif lead.owner_id == owner_id:
            results.append((row.lead_id, "skipped", ""))
        elif lead.owner_id != row.before:
            results.append((row.lead_id, "failed", "Someone has assigned it to another person meanwhile."))
        else:
            found.append(lead)
    try:
        async with conn.transaction():
            await leads.assign(conn, found, owner_id, by=by)
    except AppError as error:
        return [*results, *((lead.id, "failed", _describe(error)) for lead in found)]
    return [*results, *((lead.id, "done", "") for lead in found)]


async def _apply(conn: Connection, change: BulkChange, row: ChangeRow, by: Actor, *, undoing: bool) -> Outcome:
    """Do or undo one lead. What goes wrong with it leaves the others as they are."""
    try:
        async with conn.transaction():
            state, message = await (_undo if undoing else _do)(conn, change, row, by)
            return row.lead_id, state, message
    except AppError as error:
        return row.lead_id, "kept" if undoing else "failed", _describe(error)


async def _do(conn: Connection, change: BulkChange, row: ChangeRow, by: Actor) -> tuple[str, str]:
    lead = await leads.find(conn, row.lead_id, lock=True)
    if lead is None:
        return "failed", "It was deleted meanwhile."
    if change.action == "move":
        return await _move(conn, change, lead, row, by)
    if change.action in ("tag", "untag"):
        wanted = await _retag(conn, lead, change.value["tag_id"], add=change.action == "tag")
        if wanted is None:
            return "skipped", ""
        await leads.change(conn, lead, ChangeLead(tag_ids=wanted), by=by)
        return "done", ""
    await leads.delete(conn, lead, by=by)
    return "done", ""


async def _move(conn: Connection, change: BulkChange, lead: Lead, row: ChangeRow, by: Actor) -> tuple[str, str]:
    status = change.value["status"]
    if lead.status == status:
        return "skipped", ""
    if lead.status != row.before:
        return "failed", f"Someone has moved it to {stages.current().name_of(lead.status)} meanwhile."
    if lead.status == "lost":
        return "failed", "Reopen a lost lead on its own page."
    await leads.move(conn, lead, status, by, change.value["lost_reason"] if status == "lost" else "")
    return "done", ""


async def _undo(conn: Connection, change: BulkChange, row: ChangeRow, by: Actor) -> tuple[str, str]:
    if change.action == "delete":
        await leads.restore(conn, row.lead_id, by=by)
        return "undone", ""
    lead = await leads.find(conn, row.lead_id, lock=True)
    if lead is None:
        return "kept", "It was deleted since."
    if change.action in ("tag", "untag"):
        wanted = await _retag(conn, lead, change.value["tag_id"], add=change.action == "untag")
        if wanted is not None:
            await leads.change(conn, lead, ChangeLead(tag_ids=wanted), by=by)
        return "undone", ""
    field = "owner_id" if change.action == "assign" else "status"
    if getattr(lead, field) != change.value[field]:
        return "kept", "Someone has changed it since."
    if field == "status":
        await leads.move(conn, lead, row.before, by)
    else:
        await leads.change(conn, lead, ChangeLead(owner_id=row.before), by=by, announce=False)
    return "undone", ""


async def _retag(conn: Connection, lead: Lead, tag_id: int, *, add: bool) -> list[int] | None:
    """The tags of the lead with this one, or without it; None if nothing changes."""
    known = await tags.read_tags(conn)
    own = [tag.id for tag in known.of(lead.tag_ids)]
    if add == (tag_id in own):
        return None
    return [*own, tag_id] if add else [each for each in own if each != tag_id]


def _describe(error: AppError) -> str:
    messages = [each.message for each in getattr(error, "errors", ())]
    return (" ".join(messages) or error.detail)[:300]
