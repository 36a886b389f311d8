"""The filters of the list as words: what is on, and what can be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from crm.kernel import clock
from crm.leads.forms import LeadFilter
from shared.enquiry_form import BY_NAME, label_of

CHANNELS = (("site", "The website"), ("api", "The API"), ("manual", "Added by hand"))
STEPS = (("true", "With a next step"), ("false", "Without a next step"))


CHOSEN = ("owner_id", "project_type", "source", "channel", "has_next_action", "created_after")
"""What the controls behind “Filter” choose; the other filters come by link."""


class Chip(msgspec.Struct, frozen=True):
    """A filter that is on; without `name` in the address it is off."""

    name: str
    label: str


def chips(ask: LeadFilter, *, people: Mapping[int, str], contact: str, company: str, zone: str) -> list[Chip]:
    """The filters that are on, the status aside: that is what the tabs are for."""
    on = [
        ("q", f"“{ask.q}”" if ask.q else ""),
        ("owner_id", f"Owner: {people.get(ask.owner_id, 'nobody here')}" if ask.owner_id else ""),
        ("contact_id", f"Contact: {contact}" if ask.contact_id else ""),
        ("company_id", f"Company: {company}" if ask.company_id else ""),
        ("project_type", label_of("project_type", ask.project_type)),
        ("source", f"Heard of us: {label_of('source', ask.source)}" if ask.source else ""),
        ("channel", dict(CHANNELS).get(ask.channel or "", "")),
        ("has_next_action", "" if ask.has_next_action is None else STEPS[0 if ask.has_next_action else 1][1]),
        ("created_after", f"Since {_day(ask.created_after, zone)}" if ask.created_after else ""),
        ("created_before", f"Before {_day(ask.created_before, zone)}" if ask.created_before else ""),
    ]
    return [Chip(name, label) for name, label in on if label]


def choices(
    ask: LeadFilter, people: Mapping[int, str], zone: str
) -> list[tuple[str, str, tuple[tuple[Any, str], ...]]]:
    """The controls behind “Filter”: name, label, and the values to choose from."""
    return [
        ("owner_id", "Owner", tuple(people.items())),
        ("project_type", "What it is about", _of("project_type")),
        ("source", "Heard of us by", _of("source")),
        ("channel", "Came in by", CHANNELS),
        ("has_next_action", "Next step", STEPS),
        ("created_after", "Created", _since(ask, zone)),
    ]


def _of(name: str) -> tuple[tuple[str, str], ...]:
    return tuple((choice.value, choice.label) for choice in BY_NAME[name].choices)


def _since(ask: LeadFilter, zone: str) -> tuple[tuple[str, str], ...]:
    midnight = clock.now().astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    spans = ((0, "Today"), (7, "In the last 7 days"), (30, "In the last 30 days"), (365, "In the last year"))
    offered = {utc(midnight - timedelta(days)): said for days, said in spans}
    if ask.created_after is not None:
        offered.setdefault(utc(ask.created_after), f"Since {_day(ask.created_after, zone)}")
    return tuple(offered.items())


def utc(moment: datetime) -> str:
    """A moment as the addresses of the list hold it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _day(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%-d %b %Y}"
