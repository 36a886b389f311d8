"""The filters of the list of leads: those of its fields, and those that only links set."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

from crm.accounts.form_choices import CHOICE_FIELDS
from crm.records import stages
from crm.records.base import ListFilter, RecordId, search_text
from crm.records.common import TAGS, ActiveFilter, FilterField, define_filters, define_time, with_filters
from crm.records.leads import attribution
from crm.records.leads.fields import FILTERS, SEARCHED
from crm.records.leads.forms import NewLead
from crm.records.leads.models import Channel
from crm.records.leads.queries import LISTED, TITLE
from crm.records.leads.segments import DEFINITIONS, Segment
from crm.records.stages import Status
from crm.values import NormalForm, in_zone, normalize_moment, parse_moment
from crm.values.formats import format_date_exactly

Moment = Annotated[
    str,
    NormalForm(normalize_moment, keeps_empty=False),
    msgspec.Meta(
        max_length=40, examples=["2026-11-22", "2026-11-22T14:30:00Z"],
        description="A date, from midnight in the organization's time zone, or a moment with its UTC offset.",
    ),
]  # fmt: skip
CHANNELS = (("site", "The website"), ("api", "The API"), ("manual", "Added by hand"))
SORTS = (
    ("-created_at", "Newest first"), ("created_at", "Oldest first"), ("title", "Title"), ("-value", "Highest value"),
    ("next_action_on", "Next step, soonest first"), ("-updated_at", "Last changed"),
)  # fmt: skip
VALUED = f"leads WHERE {LISTED}"
RECEIVED = define_time("received", "Received", since="created_at")
STATUS = FilterField(name="status", label="Status", kind="choice", column="status", base="status", item=Status)
LEAD_FILTERS = (STATUS, *define_filters(
    NewLead,
    FilterField(
        name="channel", label="Came in by", kind="choice", column="channel", base="channel", item=Channel,
        choices=CHANNELS,
    ),
    FilterField(
        name="lost_reason", label="Reason lost", kind="text", column="lost_reason", base="lost_reason", optional=True,
        valued=VALUED,
    ),
    define_time("created", "Created"),
    RECEIVED,
    define_time("updated", "Changed"),
    TAGS,
    without=("contact_id", *(name for name, each in CHOICE_FIELDS.items() if each not in FILTERS)),
    kinds={each.name: "choice" for each in FILTERS},
    # A title may be the first words of a message, which are too slow to find for every row: the search knows them.
    title={"column": TITLE, "keyed": "leads", "searched": True, "optional": False},
    name={"keyed": "leads"},
    company={"valued": VALUED},
    currency={"optional": False},
    next_action={
        "has": "has_next_action", "valued": VALUED,
        "implied": "coalesce(next_action_on, 'infinity'::date) = 'infinity'",
    },
    next_action_on={"label": "Next step due", "base": "next_action", "optional": False},
))  # fmt: skip
"""What the list is filtered by. The choices of owner, status and the form depend on what is stored."""


@with_filters(LEAD_FILTERS)
class LeadFilter(ListFilter, frozen=True):
    """Which leads, in which order. Conditions hold together; several values of one are alternatives.

    Test leads of `ops verify` are in no list.
    """

    q: Annotated[str, search_text(SEARCHED)] = ""
    title_contains: Annotated[
        str,
        NormalForm(str, keeps_empty=False),
        msgspec.Meta(max_length=200, description="Title: with these words, or parts of four letters and more, in it."),
    ] = ""
    status: Annotated[list[Status], msgspec.Meta(description="Status: any of these, comma between them.")] = (
        msgspec.field(default_factory=list)
    )
    left_status: Annotated[
        list[Status], msgspec.Meta(description="Those that have left any of these stages, comma between them.")
    ] = msgspec.field(default_factory=list)
    owner_id: Annotated[list[RecordId], msgspec.Meta(description="Owner: any of these users, comma between them.")] = (
        msgspec.field(default_factory=list)
    )
    contact_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one contact.")] = None
    company_id: Annotated[RecordId | None, msgspec.Meta(description="Those of one company.")] = None
    work_week: Annotated[
        date | None, msgspec.Meta(description="With hours of work in the week of this day, as the report on capacity.")
    ] = None
    created_after: Annotated[Moment, msgspec.Meta(description="Created at or after this moment.")] = ""
    created_before: Annotated[Moment, msgspec.Meta(description="Created before this moment.")] = ""
    segment: Annotated[
        Segment | None, msgspec.Meta(description="Those that a number on Today or in Reports counts, as of now.")
    ] = None
    attribution: Annotated[
        str,
        msgspec.Meta(
            max_length=400,
            pattern=f"^({'|'.join(attribution.ATTRIBUTIONS)}):.",
            examples=["first_touch:www.google.com"],
            description="Those of one source: a way to tell it, a colon, and a key that the report on sources gives.",
        ),
    ] = ""
    sort: Annotated[
        str,
        msgspec.Meta(
            description="`created_at`, `updated_at`, `received_at`, `name`, `title`, `company`, `status`, `owner_id`, "
            "`value`, `hours` or `next_action_on`; `-` before it for descending."
        ),
    ] = ""


def list_linked(query: LeadFilter, *, contact: str, company: str, zone: str) -> list[ActiveFilter]:
    """The filters that are on and that only links set, and the words that are searched for."""
    labels = [
        ("segment", DEFINITIONS[query.segment].label if query.segment else ""),
        ("q", f"“{query.q}”" if query.q else ""),
        ("attribution", _format_attribution(query.attribution) if query.attribution else ""),
        ("left_status", ", ".join(["Has left " + stages.current().name_of(each) for each in query.left_status])),
        ("contact_id", f"Contact: {contact}" if query.contact_id else ""),
        ("company_id", f"Company: {company}" if query.company_id else ""),
        ("work_week", f"Work in the week of {format_date_exactly(query.work_week)}" if query.work_week else ""),
        ("created_after", f"Since {_format_moment(query.created_after, zone)}" if query.created_after else ""),
        ("created_before", f"Before {_format_moment(query.created_before, zone)}" if query.created_before else ""),
    ]
    return [ActiveFilter((name,), label) for name, label in labels if label]


def _format_attribution(value: str) -> str:
    by, key = attribution.split_filter(value)
    return f"{attribution.LABELS[by]}: {attribution.format_key(by, key)}"


def _format_moment(moment: str, zone: str) -> str:
    return format_date_exactly(in_zone(parse_moment(moment, zone), zone).date())
