"""An enquiry comes in: lead, contact, company, first line of the timeline and the event, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from crm import companies, contacts, settings
from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, FieldError, ValidationError
from crm.kernel.events import Event
from crm.kernel.security.tokens import reference as new_reference
from crm.leads import queries
from crm.leads.events import LeadCreated, LeadSynthetic
from crm.leads.forms import NewLead, Touch
from crm.leads.models import Channel, Lead, amount, public
from crm.leads.queries import Captured, LeadToCapture

PREFIX = "E"
_TRIES = 4


async def capture(
    connection: Connection,
    form: NewLead,
    *,
    by: Actor,
    channel: Channel,
    received_at: datetime | None = None,
    reference: str | None = None,
    demo: bool = False,
) -> Lead:
    """Make a lead of an enquiry, in the caller's transaction.

    Its contact is found by normalized e-mail, its company by mail domain or, without one, by name; each is made when
    there is none. `reference` is what the visitor was told; left out, one is made. Two enquiries of one person at once
    give one contact. Raises `ValidationError` for an owner or contact that does not exist, `ConflictError` for a
    reference in use.
    """
    await check(connection, owner_id=form.owner_id, contact_id=form.contact_id)
    check_next(form.next_action, form.next_action_on is not None)
    if form.company and not companies.domain_of(form.email):
        await companies.lock_names(connection, [form.company])
    captured = None
    for _ in range(_TRIES):
        wanted = _prepare(form, channel, by, reference or new_reference(PREFIX), received_at, demo=demo)
        captured = await queries.capture(connection, wanted, by)
        if captured is not None or reference is not None:
            break
    if captured is None:
        raise ConflictError(f"There is a lead {wanted.lead.reference} already.")
    await events.publish(connection, *_build_events(captured, by))
    return captured.lead


class Arrival(msgspec.Struct, frozen=True):
    """An enquiry of the site: what was asked, the reference the visitor was told, and when it was sent."""

    form: NewLead
    reference: str
    received_at: datetime
    synthetic: bool


async def capture_enquiries(connection: Connection, arrivals: Sequence[Arrival], *, by: Actor) -> list[Lead]:
    """Make a lead of each enquiry of the site, as `capture` does, in the caller's transaction.

    Raises `ConflictError` when a reference is in use.
    """
    if not arrivals:
        return []
    forms = [each.form for each in arrivals]
    if names := [form.company for form in forms if form.company and not companies.domain_of(form.email)]:
        await companies.lock_names(connection, names)
    wanted = [
        _prepare(each.form, "site", by, each.reference, each.received_at, synthetic=each.synthetic) for each in arrivals
    ]
    captured = await queries.capture_many(connection, wanted, by)
    if len(captured) != len(arrivals):
        raise ConflictError("One of these enquiries is a lead already.")
    await events.publish(connection, *(event for each in captured for event in _build_events(each, by)))
    return [each.lead for each in captured]


def _prepare(
    form: NewLead,
    channel: Channel,
    by: Actor,
    reference: str,
    received_at: datetime | None,
    *,
    demo: bool = False,
    synthetic: bool = False,
) -> LeadToCapture:
    now = clock.now()
    lead = Lead(
        id=0, reference=reference, name=form.name, email=form.email, phone=form.phone,
        company=form.company, budget=form.budget, project_type=form.project_type, message=form.message,
        source=form.source, channel=channel, status="new", value=amount(form.value),
        currency=settings.defaults().currency, hours=form.hours,
        next_action=form.next_action, next_action_on=form.next_action_on, lost_reason="", owner_id=form.owner_id,
        contact_id=form.contact_id, company_id=None, first_touch=_plain(form.first_touch),
        last_touch=_plain(form.last_touch), demo=demo,
        synthetic=synthetic, version=1, received_at=received_at or now, status_at=now,
        created_at=now, updated_at=now,
    )  # fmt: skip
    domain = companies.domain_of(form.email)
    return LeadToCapture(
        lead, form.currency or None, contacts.key_of(form.email), domain or None, _describe(channel, by)
    )


def _build_events(captured: Captured, by: Actor) -> list[Event]:
    lead = public(captured.lead)
    if captured.lead.synthetic:
        return [LeadSynthetic(lead=lead, by=by)]
    return [
        *companies.build_events(captured.company, captured.company_made, by),
        *contacts.build_events(captured.contact, captured.fate, by),
        LeadCreated(lead=lead, by=by),
    ]


async def check(
    connection: Connection, *, owner_id: int | None = None, contact_id: int | None = None, company_id: int | None = None
) -> None:
    """Raise `ValidationError` for each record that is named and does not exist."""
    if owner_id is contact_id is company_id is None:
        return
    nouns = {"owner_id": "person", "contact_id": "contact", "company_id": "company"}
    found = await queries.missing(connection, owner_id=owner_id, contact_id=contact_id, company_id=company_id)
    if found:
        raise ValidationError([FieldError(name, f"There is no such {nouns[name]}.") for name in found])


def check_next(action: str, dated: bool) -> None:
    """Raise `ValidationError` for a date without a step."""
    if dated and not action:
        raise ValidationError([FieldError("next_action", "Say what is to be done on that day.")])


def _plain(touch: Touch | None) -> dict[str, str] | None:
    return msgspec.to_builtins(touch) if touch is not None else None


def _describe(channel: Channel, by: Actor) -> str:
    if channel == "site":
        return "The enquiry arrived from the website."
    return f"{by.name} created this lead through the API." if channel == "api" else f"{by.name} added this lead."
