"""What people and programs submit about leads."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

from crm.kernel.http.request import BIGGEST_ID
from crm.records import tags
from crm.records.base import RecordId, change_form, field, page_form
from crm.records.leads.fields import NAMES, choice_key, form_rules, with_form_fields
from crm.records.leads.models import LOST_REASONS
from crm.records.stages import ENTRY, Status
from crm.values import Currency, Email, Line, Phone
from shared.enquiry_form import BY_NAME

LeadCurrency = Annotated[
    Currency,
    field(
        "Currency", max_length=3, examples=["EUR"],
        description="ISO 4217; left out: that of the settings.",
    ),
]  # fmt: skip
NextAction = Annotated[Line, field("Next step", max_length=300, description="The next step.")]
Above = Annotated[int, msgspec.Meta(ge=0, le=BIGGEST_ID)]
"""The id of a lead; 0 for none."""
LostChoice = Annotated[
    str,
    msgspec.Meta(pattern=f"^({'|'.join(('', *LOST_REASONS))})$", extra_json_schema={"enum": ["", *LOST_REASONS]}),
]
LostReason = Annotated[Line, msgspec.Meta(max_length=500, description="Why it was lost; a lost lead needs it.")]


class Touch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A visit that led here. `referrer` is the host the visitor came from, `at` the time in ISO 8601."""

    path: Annotated[str, msgspec.Meta(max_length=300)] = ""
    referrer: Annotated[str, msgspec.Meta(max_length=120)] = ""
    utm_source: Annotated[str, msgspec.Meta(max_length=100)] = ""
    utm_medium: Annotated[str, msgspec.Meta(max_length=100)] = ""
    utm_campaign: Annotated[str, msgspec.Meta(max_length=100)] = ""
    utm_term: Annotated[str, msgspec.Meta(max_length=100)] = ""
    utm_content: Annotated[str, msgspec.Meta(max_length=100)] = ""
    at: Annotated[str, msgspec.Meta(max_length=40)] = ""


@with_form_fields(
    lambda each: (
        Annotated[str, choice_key(each.name), form_rules(each)] if each.choices else Annotated[str, form_rules(each)]
    ),
    default="",
)
class NewLead(msgspec.Struct, frozen=True):
    """An enquiry. Its contact and company are found or created from `email`, `company` and the mail domain."""

    name: Annotated[Line, form_rules(BY_NAME["name"], min_length=1, description="Who asks.")]
    email: Annotated[
        Email,
        form_rules(
            BY_NAME["email"], examples=["ada@acme.example"],
            description="One address, such as ada@acme.example; it finds or creates the contact.",
        ),
    ] = ""  # fmt: skip
    phone: Annotated[Phone, form_rules(BY_NAME["phone"])] = ""
    company: Annotated[Line, form_rules(BY_NAME["company"])] = ""
    title: Annotated[
        Line,
        field(
            "Title", {"hint": "Left empty, it is the first words of the message.", "span": True}, max_length=160,
            description="What it is about; left empty: the first words of the message.",
        ),
    ] = ""  # fmt: skip
    message: Annotated[str, form_rules(BY_NAME["message"], description="What they ask for, as plain text.")] = ""
    value: Annotated[
        float,
        field(
            "Value", {"step": "0.01", "hint": "What it may be worth to you."}, ge=0, lt=10_000_000_000,
            description="What it may be worth, to the cent, in `currency`.",
        ),
    ] = 0  # fmt: skip
    currency: LeadCurrency = ""
    hours: Annotated[
        int, field("Hours", {"hint": "Of work, estimated."}, ge=0, le=1_000_000, description="Estimated hours of work.")
    ] = 0
    status: Annotated[Status, msgspec.Meta(description="The stage it starts in, by its key.")] = ENTRY
    lost_reason: LostReason = ""
    starts_on: Annotated[
        date | None,
        field(
            "Start", {"kind": "date", "hint": "When the work starts, or is expected to."},
            description="The day the work starts or is expected to; forecasts use it.",
        ),
    ] = None  # fmt: skip
    next_action: NextAction = ""
    next_action_on: Annotated[date | None, field("Date of the next step", {"kind": "date"})] = None
    owner_id: Annotated[
        RecordId | None, field("Owner", {"kind": "select", "blank": "Unassigned"}, description="Who works on it.")
    ] = None
    contact_id: Annotated[
        RecordId | None, field("Contact", description="A contact that exists; left out: found by e-mail.")
    ] = None
    first_touch: Touch | None = None
    last_touch: Touch | None = None


_WITH_TITLE = tuple(each for name in NAMES for each in (("title", name) if name == "message" else (name,)))
EDITED = (*_WITH_TITLE, "value", "currency", "hours", "starts_on", "owner_id")
"""The fields of the edit page, in its order."""
MORE = (
    *(name for name in NAMES if name not in ("name", "email", "phone", "company", "message")),
    "value", "currency", "hours", "starts_on", "next_action", "next_action_on", "owner_id",
)  # fmt: skip
"""The fields that the page of a new lead hides behind “More fields”."""

ChangeLead = change_form(
    "ChangeLead",
    NewLead,
    "What is to change; the rest stays. `status` may go anywhere; `lost` needs a `lost_reason`, which goes away again "
    "with the status.",
    without=("first_touch", "last_touch", "status", "lost_reason"),
    currency=Annotated[
        Currency, field("Currency", min_length=1, max_length=3, examples=["EUR"], description="ISO 4217.")
    ],
    company_id=Annotated[RecordId | None, field("Linked company")],
    tag_ids=tags.TagIds,
    status=Status,
    lost_reason=LostReason,
)
EditLead = page_form("EditLead", NewLead, "The edit page of a lead.", EDITED)


class MoveLead(msgspec.Struct, frozen=True):
    """A move. `was` is the stage the page showed, `back` the page to go back to.

    A lost lead has a reason: one of the choices, words, or both. It may be asked again on a day.
    """

    status: Status
    was: Status
    lost_choice: LostChoice = ""
    lost_reason: LostReason = ""
    ask_again_on: date | None = None
    back: str = ""


class MoveCard(MoveLead, frozen=True, kw_only=True):
    """A move on the board. `after` is the lead above the new place; 0: none, left out: as it comes."""

    lead_id: RecordId
    after: Above | None = None


class WinLead(msgspec.Struct, frozen=True):
    """What is known when a lead is won. `was` is the stage the page showed, `back` the page to go back to."""

    was: Status
    value: Annotated[float, field("Value", {"step": "0.01"}, ge=0, lt=10_000_000_000)] = 0
    starts_on: Annotated[date | None, field("Start", {"kind": "date"})] = None
    source: Annotated[str, choice_key("source"), form_rules(BY_NAME["source"])] = ""
    back: str = ""


class PlaceLead(msgspec.Struct, frozen=True):
    """A place on the board: a stage, and the lead above it. Moving to `won` or `lost` is a change of the lead."""

    status: Status
    after_id: Annotated[
        Above | None,
        msgspec.Meta(
            description="The lead of that stage above the new place; 0: none. Left out: first, if the stage changes."
        ),
    ] = None


def compose_reason(choice: str, words: str) -> str:
    """Why a lead was lost: the choice, then the words."""
    return ": ".join(filter(None, (choice, words)))


class NextStep(msgspec.Struct, frozen=True):
    """The next step, and by when. `was` is the step the page showed, `back` the page to go back to."""

    next_action: Annotated[NextAction, msgspec.Meta(min_length=1)]
    next_action_on: date | None = None
    was: str = ""
    back: str = ""
