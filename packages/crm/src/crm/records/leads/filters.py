"""The filters of the list in words: those that are on, and the controls to choose them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from crm.kernel import clock
from crm.kernel.http.request import Request
from crm.records.leads.fields import FILTERS
from crm.records.leads.forms import LeadFilter
from crm.values import in_zone, parse_moment
from crm.values.formats import format_date_exactly
from shared.enquiry_form import label_of

CHANNELS = (("site", "The website"), ("api", "The API"), ("manual", "Added by hand"))
STEPS = (("true", "With a next step"), ("false", "Without a next step"))


MENU = ("owner_id", *(each.name for each in FILTERS), "channel", "has_next_action", "created_after")
"""The filters behind “Filter”. The others are set by links."""


class ActiveFilter(msgspec.Struct, frozen=True):
    """A filter that is on. It is turned off by removing `name` from the URL."""

    name: str
    label: str


def list_active(
    query: LeadFilter, *, users: Mapping[int, str], contact: str, company: str, zone: str
) -> list[ActiveFilter]:
    """The filters that are on, except the status, which has tabs."""
    chosen = [(each, getattr(query, each.name)) for each in FILTERS]
    labels = [
        ("q", f"“{query.q}”" if query.q else ""),
        ("owner_id", f"Owner: {users.get(query.owner_id, 'deleted')}" if query.owner_id else ""),
        ("contact_id", f"Contact: {contact}" if query.contact_id else ""),
        ("company_id", f"Company: {company}" if query.company_id else ""),
        *((each.name, f"{each.short_label}: {label_of(each.name, value)}") for each, value in chosen if value),
        ("channel", dict(CHANNELS).get(query.channel or "", "")),
        ("has_next_action", "" if query.has_next_action is None else STEPS[0 if query.has_next_action else 1][1]),
        ("created_after", f"Since {_format_day(query.created_after, zone)}" if query.created_after else ""),
        ("created_before", f"Before {_format_day(query.created_before, zone)}" if query.created_before else ""),
    ]
    return [ActiveFilter(name, label) for name, label in labels if label]


def list_controls(
    query: LeadFilter, users: Mapping[int, str], zone: str
) -> list[tuple[str, str, tuple[tuple[Any, str], ...]]]:
    """The controls behind “Filter”: name, label, and the values to choose from."""
    return [
        ("owner_id", "Owner", tuple(users.items())),
        *(
            (each.name, each.short_label, tuple((choice.value, choice.label) for choice in each.choices))
            for each in FILTERS
        ),
        ("channel", "Came in by", CHANNELS),
        ("has_next_action", "Next step", STEPS),
        ("created_after", "Created", _periods(query, zone)),
    ]


def read_values(request: Request, query: LeadFilter) -> dict[str, str]:
    """What the controls show."""
    values = dict(request.asked)
    return values | {"created_after": query.created_after} if query.created_after else values


def _periods(query: LeadFilter, zone: str) -> tuple[tuple[str, str], ...]:
    today = clock.today(zone)
    periods = ((0, "Today"), (7, "In the last 7 days"), (30, "In the last 30 days"), (365, "In the last year"))
    choices = {(today - timedelta(days)).isoformat(): label for days, label in periods}
    if query.created_after:
        choices.setdefault(query.created_after, f"Since {_format_day(query.created_after, zone)}")
    return tuple(choices.items())


def _format_day(moment: str, zone: str) -> str:
    return format_date_exactly(in_zone(parse_moment(moment, zone), zone).date())
