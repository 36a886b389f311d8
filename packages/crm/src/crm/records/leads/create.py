"""Creates leads: lead, contact, company, first activity and events, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from crm.accounts import settings
from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, FieldError, ValidationError
from crm.kernel.events import Event
from crm.kernel.security.tokens import reference as new_reference
from crm.records import companies, contacts
from crm.records.leads import queries
from crm.records.leads.events import EVENTS, LeadSynthetic
from crm.records.leads.forms import NewLead
from crm.records.leads.models import Channel, Lead, Status, public, round_value, show_open
from crm.records.leads.queries import Created
from crm.records.related import check_references

PREFIX = "E"
_TRIES = 4
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
    contact. Raises `ValidationError` for an owner or contact that does not exist.
    """
    await check_references(connection, owner_id=form.owner_id, contact_id=form.contact_id)
    check_next_action(form.next_action, dated=form.next_action_on is not None)
    check_lost_reason(form.status, form.lost_reason)
    name = companies.company_name(form.company)
    if name and not companies.domain_of(form.email):
        await companies.lock_names(connection, [name])
    channel = channel or ("api" if by.kind == "key" else "manual")
    for _ in range(_TRIES):
        values = _values(form, channel, by, new_reference(PREFIX), received_at) | {"demo": demo}
        if created := await queries.create(connection, [values]):
            break
    else:
        raise ConflictError(f"There is a lead {values['reference']} already. Try again.")
    await _publish(connection, created, by)
    return created[0].lead


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

    Raises `ConflictError` when a reference is in use.
    """
    if not arrivals:
        return []
    forms = [each.form for each in arrivals]
    names = [companies.company_name(form.company) for form in forms if not companies.domain_of(form.email)]
    if names := list(filter(None, names)):
        await companies.lock_names(connection, names)
    rows = [
        _values(each.form, "site", by, each.reference, each.received_at) | {"synthetic": each.synthetic}
        for each in arrivals
    ]
    created = await queries.create(connection, rows)
    if len(created) != len(arrivals):
        raise ConflictError("One of these enquiries is a lead already.")
    await _publish(connection, created, by)
    return [each.lead for each in created]


def check_next_action(action: str, *, dated: bool) -> None:
    """Raise `ValidationError` for a date without a step."""
    if dated and not action:
        raise ValidationError([FieldError("next_action", "Say what is to be done on that day.")])


def check_lost_reason(status: Status, reason: str) -> None:
    """Raise `ValidationError` for a lost lead without a reason, or a reason without a lost lead."""
    if status == "lost" and not reason:
        raise ValidationError([FieldError("lost_reason", "Say why it was lost; a few words will do.")])
    if reason and status != "lost":
        raise ValidationError([FieldError("lost_reason", "Only a lost lead has a reason. Set the status to lost too.")])


def _values(form: Any, channel: Channel, by: Actor, reference: str, received_at: datetime | None) -> dict[str, Any]:
    """A row for `queries.create`."""
    now, domain = clock.now(), companies.domain_of(form.email)
    values = _DEFAULTS | {name: getattr(form, name) for name in form.__struct_fields__ if name in _DEFAULTS}
    return {
        **values,
        "value": round_value(values["value"]),
        "currency": values["currency"] or None,
        "default_currency": settings.defaults().currency,
        "first_touch": msgspec.to_builtins(form.first_touch),
        "last_touch": msgspec.to_builtins(form.last_touch),
        "contact_key": contacts.key_of(form.email),
        "company_name": companies.company_name(form.company),
        "suggested_name": companies.suggest_name(domain),
        "domain": domain or None,
        "trusted": channel != "site",
        "reference": reference,
        "channel": channel,
        "demo": False,
        "synthetic": False,
        "received_at": received_at or now,
        "now": now,
        "body": _describe(channel, by),
        "by_kind": by.kind,
        "by_id": by.id,
        "by_name": by.name,
    }


async def _publish(connection: Connection, created: Sequence[Created], by: Actor) -> None:
    found = [(each.company, each.company_outcome) for each in created if each.company]
    await companies.record_outcomes(connection, found, by)
    await events.publish(connection, *(event for each in created for event in _build_events(each, by)))


def _build_events(created: Created, by: Actor) -> list[Event]:
    if created.lead.synthetic:
        return [LeadSynthetic(lead=public(created.lead), by=by)]
    return [
        *(companies.build_events(created.company, created.company_outcome, by) if created.company else ()),
        *contacts.build_events(created.contact, created.contact_outcome, by),
        EVENTS.build(
            "created", created.lead, by, open_lead=show_open(created.open_lead) if created.open_lead else None
        ),
    ]


def _describe(channel: Channel, by: Actor) -> str:
    if channel == "site":
        return "The enquiry arrived from the website."
    return f"{by.name} created this lead through the API." if channel == "api" else f"{by.name} added this lead."
