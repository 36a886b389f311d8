"""What a bulk change does to each record, and how a job goes on with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import UNSET

from crm.kernel import clock, jobs
from crm.kernel.actor import Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import AppError, FieldError, NotFoundError, ValidationError
from crm.kernel.http.paging import Where
from crm.records import change_sets, companies, contacts, leads, stages, tags
from crm.records.base import Record
from crm.records.common import RecordPages
from crm.records.leads import ChangeLead, Lead
from crm.workspace.bulk_changes import queries
from crm.workspace.bulk_changes.forms import ActionValues
from crm.workspace.bulk_changes.models import ACTIONS_OF, AT_ONCE, BulkChange, ChangeRow

JOB = "change_records"
SAFETY = timedelta(seconds=30)
"""A small change runs at once. If its process dies, the job does the rest then."""
Outcome = tuple[int, str, str]
"""The id of a row, its state, and why it was left out."""
Apply = Callable[[Connection, BulkChange, Sequence[ChangeRow], Actor], Awaitable[list[Outcome]]]
PAGES: Mapping[str, RecordPages] = {
    pages.record.noun: pages for pages in (leads.PAGES, contacts.PAGES, companies.PAGES)
}
_CHANGED = "Someone has changed its next step meanwhile."


async def read_value(connection: Connection, noun: str, form: ActionValues) -> dict[str, Any]:
    """What the action takes, from the form. Raises `ValidationError` if it is missing or does not exist."""
    if form.action not in ACTIONS_OF[noun]:
        raise ValidationError([FieldError("action", f"Choose one of: {', '.join(ACTIONS_OF[noun])}.")])
    if form.action == "assign":
        return {"owner_id": form.owner_id}
    if form.action in ("tag", "untag"):
        if form.tag_id is None:
            raise ValidationError([FieldError("tag_id", "Please choose a tag, or add one under Settings, Tags.")])
        return {"tag_id": (await tags.get(connection, form.tag_id)).id}
    if form.action == "move":
        keys = (await stages.read(connection)).keys
        if form.status not in keys:
            raise ValidationError([FieldError("status", f"Choose one of: {', '.join(keys)}.")])
        reason = leads.compose_reason(form.lost_choice, form.lost_reason)
        if form.status == stages.LOST and not reason:
            raise ValidationError([FieldError("lost_reason", "Say why they were lost; a few words will do.")])
        return {"status": form.status, "lost_reason": reason}
    if form.action == "next_step":
        if not form.next_action:
            raise ValidationError([FieldError("next_action", "Say what the next step is.")])
        if form.existing == "date" and form.next_action_on is None:
            raise ValidationError([FieldError("next_action_on", "Choose the day to which next steps are moved.")])
        day = form.next_action_on
        return {
            "next_action": form.next_action, "next_action_on": day.isoformat() if day else None,
            "existing": form.existing,
        }  # fmt: skip
    return {}


async def start(
    connection: Connection, record: Record, action: str, value: dict[str, Any], where: Where, *, by: Actor
) -> BulkChange:
    """Note a change of all records that match. A job does it, unless `run` has done it before."""
    rows = queries.select_rows(record.table, action, where)
    return await start_rows(connection, JOB, record.noun, action, value, rows=rows, values=where.values, by=by)


async def start_rows(
    connection: Connection, job: str, noun: str, action: str, value: dict[str, Any], *, rows: str,
    values: Sequence[Any], by: Actor,
) -> BulkChange:  # fmt: skip
    """Note a change of the rows that the SQL `rows` gives: an id each, and what the change replaces."""
    change_id = await queries.insert(connection, noun, action, value, rows=rows, values=values, by=by)
    change = await get(connection, change_id)
    at = clock.now() + (SAFETY if change.total <= AT_ONCE else timedelta())
    await jobs.enqueue(connection, job, {"id": change_id}, at=at, priority=jobs.SOON)
    return change


async def get(connection: Connection, change_id: int) -> BulkChange:
    """The change with its numbers. Raises `NotFoundError`."""
    change = await queries.find(connection, change_id)
    if change is None:
        raise NotFoundError("There is no such change of several records. It may be more than 30 days old.")
    return change


async def run_batch(context: AppContext, change_id: int, apply: Apply) -> bool:
    """Do the next rows of a change in one transaction. Returns whether there are more.

    It is safe to run twice, also at once: a row is done in the transaction that changes its record.
    """
    async with context.db.transaction() as conn:
        change = await queries.find(conn, change_id)
        if change is None or change.state != "running":
            return False
        rows = await queries.take_rows(conn, change_id, descending=change.action == "undo")
        if not rows:
            await queries.finish(conn, change_id)
            return False
        by = await queries.read_actor(conn, change_id)
        with change_sets.record_as(by, change.change_set_id):
            results = await apply(conn, change, rows, by)
        await queries.note_rows(conn, change_id, results)
    return True


async def change_records(
    connection: Connection, change: BulkChange, rows: Sequence[ChangeRow], by: Actor
) -> list[Outcome]:
    """Do what the change says with these records."""
    if change.action == "assign":
        return await _assign(connection, change, rows, by)
    return [await _apply(connection, change, row, by) for row in rows]


async def _assign(conn: Connection, change: BulkChange, rows: Sequence[ChangeRow], by: Actor) -> list[Outcome]:
    """Assign the leads together, so that the new owner gets one mail."""
    owner_id, results, found = change.value["owner_id"], [], []
    for row in rows:
        lead = await leads.find(conn, row.record_id, lock=True)
        if lead is None:
            results.append((row.record_id, "failed", "It was deleted meanwhile."))
        elif lead.owner_id == owner_id:
            results.append((row.record_id, "skipped", ""))
        elif lead.owner_id != row.before:
            results.append((row.record_id, "failed", "Someone has assigned it to another person meanwhile."))
        else:
            found.append(lead)
    try:
        async with conn.transaction():
            await leads.assign(conn, found, owner_id, by=by)
    except AppError as error:
        return [*results, *((lead.id, "failed", _describe(error)) for lead in found)]
    return [*results, *((lead.id, "done", "") for lead in found)]


async def _apply(conn: Connection, change: BulkChange, row: ChangeRow, by: Actor) -> Outcome:
    """Change one record. What goes wrong with it leaves the others as they are."""
    try:
        async with conn.transaction():
            return row.record_id, *await _change(conn, change, row, by)
    except AppError as error:
        return row.record_id, "failed", _describe(error)


async def _change(conn: Connection, change: BulkChange, row: ChangeRow, by: Actor) -> tuple[str, str]:
    record = PAGES[change.noun].record
    found = await record.table.find(conn, row.record_id, lock=True)
    if found is None:
        return "failed", "It was deleted meanwhile."
    match change.action:
        case "move":
            return await _move(conn, change, found, row, by)
        case "next_step":
            return await _set_next_step(conn, change, found, row, by)
        case "tag" | "untag":
            wanted = await _retag(conn, found.tag_ids, change.value["tag_id"], add=change.action == "tag")
            if wanted is None:
                return "skipped", ""
            await record.change(conn, found, record.changes(tag_ids=wanted), by=by)
        case "delete":
            await record.delete(conn, found, by=by)
        case _:
            raise AssertionError(change.action)
    return "done", ""


async def _move(conn: Connection, change: BulkChange, lead: Lead, row: ChangeRow, by: Actor) -> tuple[str, str]:
    status = change.value["status"]
    if lead.status == status:
        return "skipped", ""
    if lead.status != row.before:
        return "failed", f"Someone has moved it to {stages.current().name_of(lead.status)} meanwhile."
    if lead.status == stages.LOST:
        return "failed", "Reopen a lost lead on its own page."
    await leads.move(conn, lead, status, by, change.value["lost_reason"] if status == stages.LOST else "")
    return "done", ""


async def _set_next_step(
    conn: Connection, change: BulkChange, lead: Lead, row: ChangeRow, by: Actor
) -> tuple[str, str]:
    """Set the next step or, of a lead that has one, do what was chosen for it."""
    day = lead.next_action_on
    if [lead.next_action, day.isoformat() if day else None] != row.before:
        return "failed", _CHANGED
    existing = change.value["existing"] if lead.next_action else "replace"
    if existing == "keep":
        return "skipped", ""
    on = change.value["next_action_on"]
    step = ChangeLead(
        next_action=UNSET if existing == "date" else change.value["next_action"],
        next_action_on=date.fromisoformat(on) if on else None,
    )
    changed = await leads.change(conn, lead, step, by=by)
    return ("skipped" if changed is lead else "done"), ""


async def _retag(conn: Connection, tag_ids: Sequence[int], tag_id: int, *, add: bool) -> list[int] | None:
    """The tags of a record with this one, or without it; None if nothing changes."""
    known = await tags.read_tags(conn)
    own = [tag.id for tag in known.of(tag_ids)]
    if add == (tag_id in own):
        return None
    return [*own, tag_id] if add else [each for each in own if each != tag_id]


def _describe(error: AppError) -> str:
    messages = [each.message for each in getattr(error, "errors", ())]
    return (" ".join(messages) or error.detail)[:300]
