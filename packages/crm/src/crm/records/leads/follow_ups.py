"""A person who writes again while a lead is open: the new lead is added to the open one, or kept separate."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import Response

from crm.accounts import settings
from crm.accounts.form_choices import label_of
from crm.kernel import clock, events, views
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError
from crm.kernel.http.request import Request
from crm.records import activities
from crm.records.leads import deletion, places, queries
from crm.records.leads.events import EVENTS
from crm.records.leads.models import Lead, OpenLead
from crm.records.leads.queries import TABLE
from crm.values.formats import format_stamp
from shared.enquiry_form import FIELDS

ANSWER = "Answer the new enquiry"
"""The next step of a lead that had none when an enquiry was added to it."""


async def find_open_leads(connection: Connection, lead_ids: Iterable[int]) -> dict[int, OpenLead]:
    """For each of these leads that is new, the open lead of the same person that was there before it.

    A lead that somebody kept separate has none.
    """
    ids = [*lead_ids]
    return await queries.find_open_leads(connection, ids) if ids else {}


async def add_to_open_lead(connection: Connection, lead: Lead, open_lead: Lead, *, by: Actor) -> Lead:
    """Add a new lead to an open one of the same person: its words, notes and calls. The new lead goes to the trash.

    Restoring it takes all of that back.

    Raises `ConflictError` if they are not two open leads of one person any more.
    """
    if open_lead.closed or lead.closed or lead.id == open_lead.id or lead.contact_id != open_lead.contact_id:
        raise ConflictError("These are not two open leads of one person any more. Reload the page.")
    zone = (await settings.read(connection)).time_zone
    note = await activities.record(
        connection, kind="note", body=_describe(lead, zone), by=by, lead_id=open_lead.id, at=lead.received_at
    )
    moved = await activities.move_written(connection, lead.id, open_lead.id)
    step = None if open_lead.next_action else (ANSWER, clock.today(zone))
    await deletion.delete(connection, lead, by=by, merge=deletion.Merge(open_lead.id, note.id, moved, step))
    values = {"next_action": step[0], "next_action_on": step[1]} if step else {}
    updated = await TABLE.update(connection, open_lead, values)
    if values:
        await events.publish(connection, EVENTS.build("changed", updated, by, changed=[*values]))
    return updated


async def add(request: Request) -> Response:
    """Add the lead to the open one. The toast that follows offers to restore it."""
    async with request.db.transaction() as conn:
        first, second = sorted((request.id, request.number("open")))
        locked = {lead_id: await TABLE.lock(conn, lead_id) for lead_id in {first, second}}
        lead, open_lead = locked[request.id], locked[request.number("open")]
        await add_to_open_lead(conn, lead, open_lead, by=request.actor)
    message = f"Added to the lead of {open_lead.name}."
    return views.redirect_with_toast(f"/leads/{open_lead.id}", message)


async def keep_separate(request: Request) -> Response:
    """Remember that the lead is work of its own."""
    async with request.db.transaction() as conn:
        lead = await places.TABLE.lock(conn, request.id)
        await places.TABLE.update(conn, lead, {"separate": True})
    return views.redirect_with_toast(f"/leads/{lead.id}", "Kept as a separate lead.")


def _describe(lead: Lead, zone: str) -> str:
    """The enquiry as a note: when it came, its message and every other field."""
    lines = [f"{lead.name} wrote again ({lead.reference}, {format_stamp(lead.received_at, zone)})."]
    if lead.message:
        lines += ["", lead.message]
    fields = [(each.short_label, label_of(each.name, getattr(lead, each.name))) for each in FIELDS]
    lines += ["", *(f"{label}: {value}" for label, value in fields if value and value != lead.message)]
    if lead.next_action:
        lines.append(f"Next step: {lead.next_action}")
    return "\n".join(lines).strip()
