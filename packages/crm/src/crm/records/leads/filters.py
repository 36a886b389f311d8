"""The filters of the list in words: those that are on, and the controls to choose them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from crm.records import stages
from crm.records.leads import attribution
from crm.records.leads.fields import FILTERS
from crm.records.leads.forms import LeadFilter
from crm.records.leads.segments import DEFINITIONS
from crm.values import in_zone, parse_moment
from crm.values.formats import format_date_exactly
from shared.enquiry_form import label_of

CHANNELS = (("site", "The website"), ("api", "The API"), ("manual", "Added by hand"))
STEPS = (("true", "With a next step"), ("false", "Without a next step"))
SORTS = (
    ("-created_at", "Newest first"), ("created_at", "Oldest first"), ("title", "Title"), ("-value", "Highest value"),
    ("next_action_on", "Next step, soonest first"), ("-updated_at", "Last changed"),
)  # fmt: skip
RANGES = (
    ("created", "Created", "date"), ("received", "Received", "date"), ("next_action", "Next step due", "date"),
    ("starts", "Start", "date"), ("value", "Value", "number"),
)  # fmt: skip
"""The filters with a lower and an upper end: the beginning of their names, the label, the kind of control."""
LABELS = {f"{name}_{end}": f"{label} {end}" for name, label, _ in RANGES for end in ("from", "to")}
MENU = (
    "owner_id", *(each.name for each in FILTERS), "channel", "has_next_action", "sort",
    *LABELS,
)  # fmt: skip
"""The filters behind “Filter”. The others are set by links."""


class ActiveFilter(msgspec.Struct, frozen=True):
    """A filter that is on. It is turned off by removing `names` from the URL."""

    names: tuple[str, ...]
    label: str


def list_active(
    query: LeadFilter, *, users: Mapping[int, str], contact: str, company: str, zone: str
) -> list[ActiveFilter]:
    """The filters that are on, except the status, which has tabs."""
    channels = dict(CHANNELS)
    labels = [
        ("segment", DEFINITIONS[query.segment].label if query.segment else ""),
        ("q", f"“{query.q}”" if query.q else ""),
        ("attribution", _format_attribution(query.attribution) if query.attribution else ""),
        ("left_status", _join("Has left", [stages.current().name_of(each) for each in query.left_status])),
        ("owner_id", _join("Owner", [users.get(each, "deleted") for each in query.owner_id])),
        ("contact_id", f"Contact: {contact}" if query.contact_id else ""),
        ("company_id", f"Company: {company}" if query.company_id else ""),
        *(
            (each.name, _join(each.short_label, [label_of(each.name, value) for value in getattr(query, each.name)]))
            for each in FILTERS
        ),
        ("channel", _join("Came in by", [channels[each] for each in query.channel])),
        ("has_next_action", "" if query.has_next_action is None else STEPS[0 if query.has_next_action else 1][1]),
        ("has_start", "" if query.has_start is None else "With a start" if query.has_start else "Without a start"),
        ("work_week", f"Work in the week of {format_date_exactly(query.work_week)}" if query.work_week else ""),
        ("created_after", f"Since {_format_moment(query.created_after, zone)}" if query.created_after else ""),
        ("created_before", f"Before {_format_moment(query.created_before, zone)}" if query.created_before else ""),
    ]
    active = [ActiveFilter((name,), label) for name, label in labels if label]
    for name, label, _ in RANGES:
        ends = [getattr(query, f"{name}_{end}") for end in ("from", "to")]
        if text := _format_range(*ends):
            active.append(ActiveFilter((f"{name}_from", f"{name}_to"), f"{label} {text}"))
    return active


def list_choices(users: Mapping[int, str]) -> list[tuple[str, str, tuple[tuple[Any, str], ...]]]:
    """The filters of several values: name, label, and the values to choose from."""
    return [
        ("owner_id", "Owner", tuple(users.items())),
        *(
            (each.name, each.short_label, tuple((choice.value, choice.label) for choice in each.choices))
            for each in FILTERS
        ),
        ("channel", "Came in by", CHANNELS),
    ]


def read_values(query: LeadFilter) -> dict[str, Any]:
    """What the controls show."""
    values = {name: getattr(query, name) for name in MENU}
    values["has_next_action"] = {None: "", True: "true", False: "false"}[query.has_next_action]
    for name in ("value_from", "value_to"):
        values[name] = "" if values[name] is None else f"{values[name]:g}"
    return values


def _join(label: str, words: list[str]) -> str:
    return f"{label}: {' or '.join(words)}" if words else ""


def _format_attribution(value: str) -> str:
    by, key = attribution.split_filter(value)
    return f"{attribution.LABELS[by]}: {attribution.format_key(by, key)}"


def _format_range(low: date | float | None, high: date | float | None) -> str:
    first, last = (_format_end(each) if each is not None else "" for each in (low, high))
    if first and last:
        return first if first == last else f"{first} – {last}"
    return f"from {first}" if first else f"up to {last}" if last else ""


def _format_end(value: date | float) -> str:
    return format_date_exactly(value) if isinstance(value, date) else f"{value:,.2f}".removesuffix(".00")


def _format_moment(moment: str, zone: str) -> str:
    return format_date_exactly(in_zone(parse_moment(moment, zone), zone).date())
