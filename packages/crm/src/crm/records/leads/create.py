"""Creates leads: lead, contact, company, first activity and events, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from crm.accounts import auth, form_choices
from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, FieldError, ValidationError
from crm.kernel.events import Event
from crm.kernel.security.tokens import reference as new_reference
from crm.records import activities, change_sets, companies, contacts, stages
from crm.records.leads import queries
from crm.records.leads.events import EVENTS, LeadAssigned, LeadSynthetic
from crm.records.leads.forms import NewLead
from crm.records.leads.models import Channel, Lead, public, round_value, show_open
from crm.records.related import check_references
from crm.records.stages import Status

PREFIX = "E"
_DEFAULTS = msgspec.structs.asdict(NewLead(name=""))


async def create(
    connection: Connection,
    form: NewLead,
    *,
    by: Actor,
    channel: Channel | None = None,
    received_at: datetime | None = None,
    demo: bool = False,
) -> Lead:
    """Create a lead in the caller's transaction.

    The contact is found by e-mail, the company by mail domain or, without one, by name; each is created if there is
    none. Without `channel` it is the API for a program, else by hand. Two enquiries of one person at once give one
    contact. Raises `ValidationError` for an owner, contact, stage or choice that does not exist.
    """
    await check_references(connection, owner_id=form.owner_id, contact_id=form.contact_id)
    await _check(connection, [form])
    channel = channel or ("api" if by.kind == "key" else "manual")
    values = _values(form, channel, new_reference(PREFIX), received_at) | {"demo": demo}
    (lead,) = await _create_all(connection, [values], by)
    await change_sets.record_whole(connection, "lead", "created", lead)
    return lead


class ImportedLead(msgspec.Struct, frozen=True):
    """A lead of a file. Without a `reference` it gets a new one, without `received_at` it was received now."""

    form: NewLead
    reference: str = ""
    received_at: datetime | None = None


async def create_imported(connection: Connection, found: Sequence[ImportedLead], *, by: Actor) -> list[Lead]:
    """Create leads that somebody imports, as `create` does, by one statement of each kind.

    Raises `ValidationError` as `create` does, for any of them, and `ConflictError` when a reference is in use.
    """
    await _check(connection, [each.form for each in found])
    rows = [_values(each.form, "manual", each.reference or new_reference(PREFIX), each.received_at) for each in found]
    return await _create_all(connection, rows, by) if rows else []


class Arrival(msgspec.Struct, frozen=True):
    """An enquiry of the site, the reference the visitor was given, and when it was sent.

    `form` has some of the fields of `NewLead`; the others take their defaults.
    """

    form: Any
    reference: str
    received_at: datetime
    synthetic: bool


async def create_from_enquiries(connection: Connection, arrivals: Sequence[Arrival], *, by: Actor) -> list[Lead]:
    """Create a lead of each enquiry of the site, as `create` does, in the caller's transaction.

    The search finds them a moment later.

    Raises `ConflictError` when a reference is in use.
    """
    if not arrivals:
        return []
    rows = [
        _values(each.form, "site", each.reference, each.received_at) | {"synthetic": each.synthetic}
        for each in arrivals
    ]
    await queries.index_later(connection)
    return await _create_all(connection, rows, by)


async def _check(connection: Connection, found: Sequence[NewLead]) -> None:
    """Raise `ValidationError` unless all can be created as they are; keep the stages they start in."""
    for owner_id in {form.owner_id for form in found}:
        await check_owner(connection, owner_id)
    for form in found:
        check_next_action(form.next_action, dated=form.next_action_on is not None)
        check_lost_reason(form.status, form.lost_reason)
        await form_choices.check(connection, {name: getattr(form, name) for name in form_choices.CHOICE_FIELDS})
    for status in {form.status for form in found} - {stages.ENTRY}:
        await stages.hold(connection, status)


def check_next_action(action: str, *, dated: bool) -> None:
    """Raise `ValidationError` for a date without a step."""
    if dated and not action:
        raise ValidationError([FieldError("next_action", "Say what is to be done on that day.")])


async def check_owner(connection: Connection, owner_id: int | None) -> None:
    """Raise `ValidationError` for an owner who cannot work on leads: a viewer, or somebody who is disabled."""
    if owner_id is not None and await auth.find_assignable(connection, owner_id) is None:
        raise ValidationError([FieldError("owner_id", "This user cannot own leads. Choose a member or an owner.")])


def check_lost_reason(status: Status, reason: str) -> None:
    """Raise `ValidationError` for a lost lead without a reason, or a reason without a lost lead."""
    if status == "lost" and not reason:
        raise ValidationError([FieldError("lost_reason", "Say why it was lost; a few words will do.")])
    if reason and status != "lost":
        raise ValidationError([FieldError("lost_reason", "Only a lost lead has a reason. Set the status to lost too.")])


def _values(form: Any, channel: Channel, reference: str, received_at: datetime | None) -> dict[str, Any]:
    """A row for `_create_all`."""
    values = _DEFAULTS | {name: getattr(form, name) for name in form.__struct_fields__ if name in _DEFAULTS}
    return {
        **values,
        "value": round_value(values["value"]),
        "currency": values["currency"] or None,
        "first_touch": msgspec.to_builtins(form.first_touch),
        "last_touch": msgspec.to_builtins(form.last_touch),
        "reference": reference,
        "channel": channel,
        "demo": False,
        "synthetic": False,
        "received_at": received_at or clock.now(),
    }


async def _create_all(connection: Connection, rows: Sequence[dict[str, Any]], by: Actor) -> list[Lead]:
    """Create leads with their companies, contacts, first activities and events, by one statement of each kind.

    All transactions lock companies and contacts in the order of their keys, so none wait in a circle. Raises
    `ConflictError` for a reference in use.
    """
    now, first = clock.now(), rows[0]
    domains = [companies.domain_of(row["email"]) for row in rows]
    hints = [
        companies.describe(row["company"], domain, demo=row["demo"]) for row, domain in zip(rows, domains, strict=True)
    ]
    found_companies = await companies.find_or_create_many(connection, hints, now)
    # What a stranger says of a known contact does not go to the contact, except the company of its mail domain.
    trusted = first["channel"] != "site"
    people = [
        contacts.ContactHint(
            row["contact_id"], row["name"], row["email"], contacts.key_of(row["email"]), row["phone"],
            company.id if company else None, fills_phone=trusted, fills_company=trusted or bool(domain),
            demo=row["demo"],
        )
        for row, domain, (company, _) in zip(rows, domains, found_companies, strict=True)
    ]  # fmt: skip
    found_contacts = await contacts.find_or_create_many(connection, people, now)
    for row, (company, _), (contact, _) in zip(rows, found_companies, found_contacts, strict=True):
        row |= {"contact_id": contact.id, "company_id": company.id if company else contact.company_id}
    created = await queries.create(connection, rows, now)
    leads = [lead for lead, _ in created]
    if len(leads) != len(rows):
        taken = {row["reference"] for row in rows} - {lead.reference for lead in leads}
        raise ConflictError(f"There is a lead {taken.pop()} already.")
    await activities.insert_created(
        connection, _describe(first["channel"], by), by,
        [(lead.id, lead.contact_id, lead.company_id, lead.received_at) for lead in leads], now,
    )  # fmt: skip
    await companies.record_outcomes(
        connection, [(company, outcome) for company, outcome in found_companies if company], by
    )
    published: list[Event] = []
    newest: dict[int | None, Lead] = {}
    for (lead, open_lead), (company, company_outcome), (contact, contact_outcome) in zip(
        created, found_companies, found_contacts, strict=True
    ):
        if lead.synthetic:
            published.append(LeadSynthetic(lead=public(lead), by=by))
            continue
        shown = newest.get(contact.id) or open_lead
        published += companies.build_events(company, company_outcome, by) if company else ()
        published += contacts.build_events(contact, contact_outcome, by)
        published.append(EVENTS.build("created", lead, by, open_lead=show_open(shown) if shown else None))
        if lead.owner_id is not None:
            published.append(LeadAssigned(lead=public(lead), previous_owner_id=None, by=by))
        newest[contact.id] = lead
    await events.publish(connection, *published)
    return leads


def _describe(channel: Channel, by: Actor) -> str:
    if channel == "site":
        return "The enquiry arrived from the website."
    return f"{by.name} created this lead through the API." if channel == "api" else f"{by.name} added this lead."
