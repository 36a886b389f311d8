"""What happens to leads once they are here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET

from crm import activities
from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, NotFoundError, PreconditionFailedError, ValidationError
from crm.kernel.events import Event
from crm.kernel.http.list_totals import Total
from crm.kernel.http.paging import Page, Where
from crm.kernel.http.request import ANY_VERSION
from crm.leads import queries
from crm.leads.capture import check, check_next
from crm.leads.events import LeadChanged, LeadStatusChanged
from crm.leads.forms import ChangeLead, LeadFilter
from crm.leads.models import Lead, Status, amount, public

LABELS = {
    "name": "name", "email": "e-mail", "phone": "phone", "company": "company name", "budget": "budget",
    "project_type": "project type", "message": "message", "source": "source", "value": "value",
    "currency": "currency", "hours": "hours", "next_action": "next step", "next_action_on": "date of the next step",
    "owner_id": "owner", "contact_id": "contact", "company_id": "company",
}  # fmt: skip
STALE = "Somebody changed this lead since you read it. Read it again, then change it."


async def get(connection: Connection, number: int) -> Lead:
    """The lead with this number. Raises `NotFoundError`."""
    return _require(await queries.find(connection, number))


async def lock(connection: Connection, number: int, version: int) -> Lead:
    """The lead at this version, kept from others until the transaction ends.

    Raises `NotFoundError` or `PreconditionFailedError`.
    """
    lead = _require(await queries.find(connection, number, lock=True))
    if version not in (ANY_VERSION, lead.version):
        raise PreconditionFailedError(STALE)
    return lead


async def change(connection: Connection, lead: Lead, form: ChangeLead, *, by: Actor) -> Lead:
    """Change `lead`, its status included, and say in its timeline what changed.

    Raises `PreconditionFailedError` when somebody else changed it meanwhile, `ValidationError` when a record it is to
    point to does not exist, or when it is lost without a reason.
    """
    given = {name: value for name in form.__struct_fields__ if (value := getattr(form, name)) is not UNSET}
    if "value" in given:
        given["value"] = amount(given["value"])
    values = {name: value for name, value in given.items() if value != getattr(lead, name)}
    await _check(connection, lead, values)
    if not values:
        return lead
    now = clock.now()
    moved = "status" in values
    if moved:
        values["status_at"] = now
        values["lost_reason"] = values.get("lost_reason", lead.lost_reason) if values["status"] == "lost" else ""
    written = await queries.update(connection, lead, values, now)
    if written is None:
        raise PreconditionFailedError(STALE)
    changed = [name for name in LABELS if name in values]
    told: list[Event] = []
    if moved:
        told.append(await _tell_move(connection, lead, written, by))
    elif "lost_reason" in values:
        await _record(connection, written, f"{by.name} gave another reason: {written.lost_reason}", by)
        changed.append("lost_reason")
    if written.next_action and changed and set(changed) <= {"next_action", "next_action_on"}:
        await _record(connection, written, f"{by.name} set the next step: {written.next_action}", by)
    elif words := [LABELS[name] for name in changed if name in LABELS]:
        await _record(connection, written, f"{by.name} changed the {activities.join_words(words)}.", by)
    if changed:
        told.append(LeadChanged(lead=public(written), changed=changed, by=by))
    await events.publish(connection, *told)
    return written


async def move(connection: Connection, lead: Lead, status: Status, by: Actor, lost_reason: str = "") -> Lead:
    """Put `lead` where it now stands; any direction is allowed. Raises as `change` does."""
    reason = lost_reason or UNSET
    return await change(connection, lead, ChangeLead(status=status, lost_reason=reason), by=by)


async def finish(connection: Connection, lead: Lead, *, by: Actor) -> Lead:
    """The next step is done. Raises `PreconditionFailedError`."""
    if not lead.next_action:
        return lead
    written = await queries.update(connection, lead, {"next_action": "", "next_action_on": None}, clock.now())
    if written is None:
        raise PreconditionFailedError(STALE)
    await _record(connection, written, f"{by.name} finished the next step: {lead.next_action}", by)
    changed = ["next_action", "next_action_on"]
    await events.publish(connection, LeadChanged(lead=public(written), changed=changed, by=by))
    return written


async def list_leads(connection: Connection, ask: LeadFilter) -> Page[Lead]:
    """One page of leads. Raises `ValidationError` for a sort or cursor that is not this list's."""
    where = await apply_filters(connection, ask)
    return await queries.LISTING.page(connection, where, sort=ask.sort, limit=ask.limit, cursor=ask.cursor)


async def apply_filters(connection: Connection, ask: LeadFilter) -> Where:
    """The conditions of a list."""
    where = Where()
    if ask.status:
        where.add("status = ANY({})" if len(ask.status) > 1 else "status = {}", *_few(ask.status))
    for column in ("owner_id", "contact_id", "company_id", "channel", "source", "project_type"):
        if value := getattr(ask, column):
            where.add(f"{column} = {{}}", value)
    if ask.created_after is not None:
        where.add("created_at >= {}", ask.created_after)
    if ask.created_before is not None:
        where.add("created_at < {}", ask.created_before)
    if ask.has_next_action is not None:
        where.add("next_action <> ''" if ask.has_next_action else "next_action = ''")
    if ask.q:
        await queries.SEARCH.narrow(connection, where, ask.q)
    return where


async def counts(connection: Connection) -> dict[str, Total]:
    """How many leads are in each status, in the order of the pipeline; exact below 10,000."""
    return await queries.counts(connection)


async def newest(connection: Connection, limit: int) -> list[Lead]:
    """The latest leads."""
    return await queries.newest(connection, limit)


def _few(status: list[Status]) -> tuple[Any]:
    # One status as a plain comparison lets its index give the rows in the list's order.
    return (status,) if len(status) > 1 else (status[0],)


async def _check(connection: Connection, lead: Lead, values: dict[str, Any]) -> None:
    named = {name: values.get(name) for name in ("owner_id", "contact_id", "company_id")}
    await check(connection, **named)
    action = values.get("next_action", lead.next_action)
    if not action and lead.next_action_on and "next_action_on" not in values:
        values["next_action_on"] = None
    check_next(action, values.get("next_action_on") is not None)
    lost = values.get("status", lead.status) == "lost"
    reason = values.get("lost_reason", lead.lost_reason if lost else "")
    if lost and not reason:
        raise ValidationError([FieldError("lost_reason", "Say why it was lost; a few words will do.")])
    if reason and not lost:
        raise ValidationError([FieldError("lost_reason", "Only a lost lead has a reason. Set the status to lost too.")])


async def _tell_move(connection: Connection, before: Lead, after: Lead, by: Actor) -> Event:
    said = f"{by.name} moved it from {before.status.capitalize()} to {after.status.capitalize()}"
    said += f": {after.lost_reason}" if after.status == "lost" else "."
    await activities.record(connection, kind="status", body=said, by=by, lead_id=after.id)
    return LeadStatusChanged(lead=public(after), previous=before.status, status=after.status, by=by)


async def _record(connection: Connection, lead: Lead, said: str, by: Actor, at: datetime | None = None) -> None:
    await activities.record(connection, kind="system", body=said, by=by, lead_id=lead.id, at=at)


def _require(lead: Lead | None) -> Lead:
    if lead is None:
        raise NotFoundError("There is no such lead.")
    return lead
