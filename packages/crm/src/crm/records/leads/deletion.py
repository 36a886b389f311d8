"""Deletes leads and restores them."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import AppError
from crm.records import activities, change_sets, companies, contacts, related, stages, trash
from crm.records.leads import queries
from crm.records.leads.events import EVENTS
from crm.records.leads.models import Lead
from crm.records.leads.queries import TABLE

TABLES = {
    "leads": "id", "activities": "lead_id", "submissions": "lead_id", "status_periods": "lead_id", "tasks": "lead_id",
    "files": "lead_id",
}  # fmt: skip
"""What is deleted and restored with a lead."""
FORGOTTEN_AFTER = timedelta(hours=1)
"""A synthetic lead that its sender has not deleted by then is left over."""


class Merge(msgspec.Struct, frozen=True):
    """What a lead that was added to an open one left there: a note, its activities, and the step if it set one."""

    open_lead_id: int
    note_id: int
    activity_ids: list[int]
    step: tuple[str, date] | None


async def delete(connection: Connection, lead: Lead, *, by: Actor, merge: Merge | None = None) -> None:
    """Delete a lead, its timeline and the enquiry it came from; its contact and company stay.

    `restore` brings it back until the trash is emptied, and takes back what it left on an open lead.
    """
    if not lead.synthetic:
        await trash.keep(connection, "lead", lead.id, lead.name, tables=TABLES, by=by)
        if merge:
            await trash.add_rows(connection, "lead", lead.id, {"merges": [msgspec.to_builtins(merge)]})
    await TABLE.delete(connection, lead.id)
    await events.publish(connection, EVENTS.build("deleted", lead, by))


async def restore(connection: Connection, lead_id: int, *, by: Actor) -> Lead:
    """Restore a deleted lead with the id it had, and its contact and company if those were deleted since.

    Raises `NotFoundError` when it is not in the trash.
    """
    rows = await trash.take(connection, "lead", lead_id)
    known = await stages.read(connection)
    for row in rows["leads"]:
        if row["status"] not in known.keys:
            row["status"] = stages.ENTRY  # Its stage was deleted meanwhile.
        if rows.get("tasks"):
            # Its first open task gives the lead its next step again.
            row |= {"next_action": "", "next_action_on": None}
        if row["contact_id"] and await trash.has(connection, "contact", row["contact_id"]):
            row["contact_id"] = await _restore_contact(connection, row["contact_id"], row["email"], by)
        if row["company_id"]:
            await companies.restore_related(connection, row["company_id"], by=by)
    for table in TABLES:
        # Leads that were deleted by an earlier release have no rows of newer tables.
        await trash.put_back(connection, table, rows.get(table, []))
    for row in rows.get("merges", ()):
        await _undo_merge(connection, lead_id, msgspec.convert(row, Merge), by)
    lead = await TABLE.get(connection, lead_id)
    await change_sets.record_whole(connection, "lead", "restored", lead)
    body = f"{by.name} restored this lead."
    await activities.record(connection, kind="system", body=body, by=by, lead_id=lead.id)
    await events.publish(connection, EVENTS.build("restored", lead, by))
    return lead


async def forget_synthetic(connection: Connection, reference: str | None = None) -> int:
    """Delete the synthetic lead with this reference and what was created for it; without one, all left over.

    Nobody is notified, since nobody was notified of the lead. Returns the number of leads.
    """
    deleted = await queries.delete_synthetic(connection, reference, clock.now() - FORGOTTEN_AFTER)
    for lead in deleted:
        if lead.contact_id and await related.is_unused(connection, "contact_id", lead.contact_id):
            await contacts.delete_created_with(connection, lead.contact_id, lead.created_at)
        if lead.company_id and await related.is_unused(connection, "company_id", lead.company_id):
            await companies.delete_created_with(connection, lead.company_id, lead.created_at)
    return len(deleted)


async def _undo_merge(connection: Connection, lead_id: int, merge: Merge, by: Actor) -> None:
    """Take back what the lead left on an open one. A note or step that somebody has changed since stays."""
    open_lead = await TABLE.find(connection, merge.open_lead_id, lock=True)
    if open_lead is None:
        return
    await activities.move_back(connection, merge.activity_ids, open_lead.id, lead_id, merge.note_id)
    if (open_lead.next_action, open_lead.next_action_on) == merge.step:
        values = {"next_action": "", "next_action_on": None}
        updated = await TABLE.update(connection, open_lead, values)
        await events.publish(connection, EVENTS.build("changed", updated, by, changed=[*values]))


async def _restore_contact(connection: Connection, contact_id: int, email: str, by: Actor) -> int | None:
    """The id of the restored contact or, if another has its address by now, of that one."""
    if other := await contacts.find_by_key(connection, contacts.key_of(email)):
        return other.id
    try:
        async with connection.transaction():
            return (await contacts.restore(connection, contact_id, by=by)).id
    except AppError:
        return None
