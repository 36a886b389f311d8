"""What happens to leads once they are here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

import msgspec
from msgspec import UNSET

from crm.accounts import form_choices, settings
from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.events import Event
from crm.kernel.http.list_totals import Total
from crm.kernel.http.paging import Where
from crm.records import activities, stages, tags, tasks
from crm.records.base import changed_values, labels, sort_ids
from crm.records.common import add_conditions, add_days
from crm.records.leads import attribution, capacity, places, queries, segments
from crm.records.leads.create import check_lost_reason, check_next_action, check_owner
from crm.records.leads.events import EVENTS, LeadAssigned, LeadStatusChanged
from crm.records.leads.filters import LEAD_FILTERS, RECEIVED, LeadFilter
from crm.records.leads.forms import ChangeLead
from crm.records.leads.models import Lead, public, round_value
from crm.records.leads.queries import SEARCH, TABLE
from crm.records.related import check_references
from crm.records.stages import CLOSED, Status
from crm.values import parse_moment
from crm.values.formats import format_money
from crm.values.messages import describe_choices

LABELS = labels(ChangeLead)


def _format_choice(name: str, lead: Lead) -> str:
    value = getattr(lead, name)
    return f"“{form_choices.label_of(name, value)}”" if value else ""


_MOMENTS = (("created_after", "created_at >= {}"), ("created_before", "created_at < {}"))
_STEP = ("next_action", "next_action_on")
_FORMATS: dict[str, Callable[[Any], str]] = {
    "value": lambda lead: format_money(lead.value, lead.currency) if lead.value else "",
    **{name: partial(_format_choice, name) for name in form_choices.CHOICE_FIELDS},
}
"""How a timeline shows the values of these fields."""

find, get, lock = TABLE.find, TABLE.get, TABLE.lock


async def assign(connection: Connection, found: Sequence[Lead], owner_id: int | None, *, by: Actor) -> list[Lead]:
    """Give several leads to one user, or to nobody. The new owner gets one mail. Raises as `change` does."""
    before = [lead for lead in found if lead.owner_id != owner_id]
    after = [await change(connection, lead, ChangeLead(owner_id=owner_id), by=by, announce=False) for lead in before]
    await events.publish(connection, *(event for pair in zip(before, after, strict=True)
                                       for event in _build_assigned(*pair, by)))  # fmt: skip
    return after


async def change(connection: Connection, lead: Lead, form: msgspec.Struct, *, by: Actor, announce: bool = True) -> Lead:
    """Change `lead`, its status included, and say in its timeline what changed. `announce` tells a new owner.

    A lead that is won or lost has no next step any more, unless the same change sets one.

    Raises `PreconditionFailedError` when somebody else has changed it since, `ValidationError` when a record it is to
    point to or its stage does not exist, or when it is lost without a reason.
    """
    values = changed_values(lead, form, value=round_value, tag_ids=sort_ids)
    await _check(connection, lead, values)
    if "tag_ids" in values:
        values["tag_ids"] = await tags.check_ids(connection, values["tag_ids"])
    if not values:
        return lead
    moved = "status" in values
    if moved:
        await stages.hold(connection, values["status"])
        await places.record_former(connection, lead)
        values["status_at"] = clock.now()
        values["board_position"] = None
        values["lost_reason"] = values.get("lost_reason", lead.lost_reason) if values["status"] == "lost" else ""
    closes = moved and values["status"] in CLOSED and bool(lead.next_action) and "next_action" not in values
    if closes:
        values |= {"next_action": "", "next_action_on": None}
    stepped = bool({*_STEP} & {*values})
    step = await _find_step(connection, lead) if stepped else None
    updated = await TABLE.update(connection, lead, values)
    if "owner_id" in values:
        await tasks.reassign(connection, lead.owner_id, updated.owner_id, lead_id=lead.id)
    if stepped:
        await tasks.record_step(connection, lead.id, step)
        updated = await TABLE.get(connection, lead.id)  # Another task may be the first one now.
    # An unnamed lead takes its title from the message, so one change may change both.
    changed = [name for name in LABELS if getattr(updated, name) != getattr(lead, name)]
    published: list[Event] = []
    if moved:
        published.append(await _record_move(connection, lead, updated, by))
    elif "lost_reason" in values:
        reasons = f"from “{lead.lost_reason}” to “{updated.lost_reason}”"
        await _record(connection, updated, f"{by.name} changed the reason {reasons}.", by)
        changed.append("lost_reason")
    if not lead.next_action and updated.next_action and changed and set(changed) <= {*_STEP}:
        await _record(connection, updated, f"{by.name} set the next step: {updated.next_action}", by)
    elif labels := {
        name: LABELS[name] for name in changed if name in values and name in LABELS and not (closes and name in _STEP)
    }:
        changes = await activities.describe_changes(connection, lead, updated, labels, _FORMATS)
        await _record(connection, updated, f"{by.name} changed {changes}.", by)
    if changed:
        published.append(EVENTS.build("changed", updated, by, changed=changed))
    if announce:
        published += _build_assigned(lead, updated, by)
    await events.publish(connection, *published)
    return updated


async def _find_step(connection: Connection, lead: Lead) -> tasks.Task | None:
    """The first open task of the lead, which is its next step."""
    if not lead.next_action:
        return None
    step = await tasks.find_first(connection, lead.id)
    if step is None:
        # An earlier release has just set it, and the job has not made a task of it yet.
        await tasks.adopt_next_steps(connection, 1, lead.id)
        step = await tasks.find_first(connection, lead.id)
    return step


def _build_assigned(before: Lead, after: Lead, by: Actor) -> list[LeadAssigned]:
    if after.owner_id is None or after.owner_id == before.owner_id:
        return []
    return [LeadAssigned(lead=public(after), previous_owner_id=before.owner_id, by=by)]


async def move(connection: Connection, lead: Lead, status: Status, by: Actor, lost_reason: str = "") -> Lead:
    """Change the status; any direction is allowed. Raises as `change` does."""
    return await change(connection, lead, ChangeLead(status=status, lost_reason=lost_reason or UNSET), by=by)


async def finish(connection: Connection, lead: Lead, *, by: Actor) -> tasks.Task | None:
    """Complete the next step, which is the first open task, and return it. None without one."""
    step = await _find_step(connection, lead)
    if step is None:
        return None
    done = await tasks.complete(connection, step, by=by, called="next step")
    updated = await TABLE.get(connection, lead.id)
    await events.publish(connection, EVENTS.build("changed", updated, by, changed=[*_STEP]))
    return done


async def count_by_status(
    connection: Connection, query: LeadFilter | None = None, total: Total | None = None
) -> dict[str, Total]:
    """How many leads are in each status; with `query`, how many of those that its other filters leave.

    Empty where there are too many to count at once. `total` is that of the whole query, if it is known.
    """
    others = msgspec.structs.replace(query or LeadFilter(), status=[])
    where = await apply_filters(connection, others)
    if where.conditions == [queries.LISTED]:
        return await queries.count_by_status(connection)
    if any(known and not known.exact for known in (total, where.total)):
        return {}
    return await queries.count_filtered(connection, where.counted or where)


async def apply_filters(connection: Connection, query: LeadFilter) -> Where:
    """The conditions of a list."""
    where = Where([queries.LISTED])
    await _check_stages(connection, query)
    where.add_given(query, {"contact_id": "contact_id = {}", "company_id": "company_id = {}"})
    await add_conditions(connection, where, LEAD_FILTERS, query)
    if moments := [(condition, value) for name, condition in _MOMENTS if (value := getattr(query, name))]:
        zone = (await settings.read(connection)).time_zone
        for condition, moment in moments:
            where.add(condition, parse_moment(moment, zone))
    if query.work_week is not None:
        capacity.add_week(where, query.work_week, (await settings.read(connection)).weekly_hours)
    if query.left_status:
        where.add(segments.HAS_LEFT, query.left_status)
    if query.attribution:
        by, key = attribution.split_filter(query.attribution)
        where.add(f"{attribution.KEYS[by]} = {{}}", key)
    if query.segment is not None:
        segments.add_condition(where, query.segment, (await settings.read(connection)).time_zone)
    if query.title_contains:
        await SEARCH.narrow(connection, where, query.title_contains, titled=True)
    if query.q:
        await SEARCH.narrow(connection, where, query.q)
    return where


def add_received(where: Where, first: date, last: date, zone: str) -> None:
    """Leave only the leads that were received from the day `first` to the day `last`."""
    add_days(where, RECEIVED, first, last, zone)


async def _check_stages(connection: Connection, query: LeadFilter) -> None:
    """Raise `ValidationError` for a stage that there never was."""
    chosen = {"status": query.status, "left_status": query.left_status}
    if not any(chosen.values()) and query.segment is None:
        return
    known = await stages.read(connection)
    if wrong := [name for name, keys in chosen.items() if any(known.find(key) is None for key in keys)]:
        raise ValidationError([FieldError(name, describe_choices(known.keys)) for name in wrong])


async def _check(connection: Connection, lead: Lead, values: dict[str, Any]) -> None:
    await check_references(connection, **{name: values.get(name) for name in ("owner_id", "contact_id", "company_id")})
    await check_owner(connection, values.get("owner_id"))
    await form_choices.check(connection, values)
    action = values.get("next_action", lead.next_action)
    if not action and lead.next_action_on and "next_action_on" not in values:
        values["next_action_on"] = None
    check_next_action(action, dated=values.get("next_action_on") is not None)
    status = values.get("status", lead.status)
    check_lost_reason(status, values.get("lost_reason", lead.lost_reason if status == "lost" else ""))


async def _record_move(connection: Connection, before: Lead, after: Lead, by: Actor) -> Event:
    known = await stages.read(connection)
    names = {"previous_name": known.name_of(before.status), "status_name": known.name_of(after.status)}
    body = f"{by.name} moved it from {names['previous_name']} to {names['status_name']}"
    body += f": {after.lost_reason}" if after.status == "lost" else "."
    if before.next_action and not after.next_action:
        body += f" The next step was removed: {before.next_action}"
    await activities.record(connection, kind="status", body=body, by=by, lead_id=after.id)
    return LeadStatusChanged(lead=public(after), previous=before.status, status=after.status, **names, by=by)


async def _record(connection: Connection, lead: Lead, body: str, by: Actor) -> None:
    await activities.record(connection, kind="system", body=body, by=by, lead_id=lead.id)
