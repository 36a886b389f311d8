"""What people and programs submit about leads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from crm.kernel.http.paging import DEFAULT_LIMIT, MAX_LIMIT
from crm.kernel.http.request import BIGGEST_ID
from crm.leads.models import Channel, Status
from shared.enquiry_form import BY_NAME


def _choice(name: str) -> msgspec.Meta:
    field = BY_NAME[name]
    values = ["", *(choice.value for choice in field.choices)]
    return msgspec.Meta(
        max_length=field.limit,
        pattern=f"^({'|'.join(values)})$",
        description=field.label,
        extra_json_schema={"enum": values},
    )


def _text(name: str) -> msgspec.Meta:
    return msgspec.Meta(max_length=BY_NAME[name].limit, description=BY_NAME[name].label)


Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Number = Annotated[int, msgspec.Meta(ge=1, le=BIGGEST_ID)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=BY_NAME["name"].limit, description="Who asks.")]
Email = Annotated[
    str,
    msgspec.Meta(
        max_length=BY_NAME["email"].limit,
        pattern=r"^([^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\.]+(\.[^\s@<>()\[\],;:\"\\.]+)+)?$",
        description="One address, such as ada@acme.example; it finds or makes the contact.",
    ),
]
Phone = Annotated[str, _text("phone")]
Company = Annotated[str, _text("company")]
Message = Annotated[
    str, msgspec.Meta(max_length=BY_NAME["message"].limit, description="What they ask for, as plain text.")
]
Budget = Annotated[str, _choice("budget")]
ProjectType = Annotated[str, _choice("project_type")]
Source = Annotated[str, _choice("source")]
Value = Annotated[
    float, msgspec.Meta(ge=0, lt=10_000_000_000, description="What it may be worth, to the cent, in `currency`.")
]
Currency = Annotated[
    str, msgspec.Meta(pattern="^([A-Z]{3})?$", description="ISO 4217; left out: that of the settings.")
]
Hours = Annotated[int, msgspec.Meta(ge=0, le=1_000_000, description="Estimated hours of work.")]
NextAction = Annotated[str, msgspec.Meta(max_length=300, description="The next step.")]
LostReason = Annotated[str, msgspec.Meta(max_length=500, description="Why it was lost; a lost lead needs it.")]


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


class NewLead(msgspec.Struct, frozen=True):
    """An enquiry. Its contact and company are found or made from `email`, `company` and the mail domain."""

    name: Name
    email: Email = ""
    phone: Phone = ""
    company: Company = ""
    budget: Budget = ""
    project_type: ProjectType = ""
    message: Message = ""
    source: Source = ""
    value: Value = 0
    currency: Currency = ""
    hours: Hours = 0
    next_action: NextAction = ""
    next_action_on: date | None = None
    owner_id: Annotated[Number | None, msgspec.Meta(description="Who works on it.")] = None
    contact_id: Annotated[
        Number | None, msgspec.Meta(description="A contact that exists; left out: found by e-mail.")
    ] = None
    first_touch: Touch | None = None
    last_touch: Touch | None = None


class ChangeLead(msgspec.Struct, frozen=True):
    """What is to change; the rest stays. `status` may go anywhere; `lost` needs a `lost_reason`, which goes away again
    with the status."""

    name: Name | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    company: Company | UnsetType = UNSET
    budget: Budget | UnsetType = UNSET
    project_type: ProjectType | UnsetType = UNSET
    message: Message | UnsetType = UNSET
    source: Source | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    lost_reason: LostReason | UnsetType = UNSET
    value: Value | UnsetType = UNSET
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", description="ISO 4217.")] | UnsetType = UNSET
    hours: Hours | UnsetType = UNSET
    next_action: NextAction | UnsetType = UNSET
    next_action_on: date | UnsetType | None = UNSET
    owner_id: Number | UnsetType | None = UNSET
    contact_id: Number | UnsetType | None = UNSET
    company_id: Number | UnsetType | None = UNSET


class LeadFilter(msgspec.Struct, frozen=True):
    """Which leads, in which order. Conditions hold together; several values of one are alternatives."""

    q: Annotated[
        str,
        msgspec.Meta(
            max_length=200, description="Words of name, e-mail, company, reference or message; each may be a beginning."
        ),
    ] = ""
    status: Annotated[list[Status], msgspec.Meta(description="Any of these, comma between them.")] = []
    owner_id: Annotated[Number | None, msgspec.Meta(description="Those of one person.")] = None
    contact_id: Annotated[Number | None, msgspec.Meta(description="Those of one contact.")] = None
    company_id: Annotated[Number | None, msgspec.Meta(description="Those of one company.")] = None
    channel: Annotated[Channel | None, msgspec.Meta(description="How it came in.")] = None
    source: Annotated[str, msgspec.Meta(max_length=40, description="How they heard of us.")] = ""
    project_type: Annotated[str, msgspec.Meta(max_length=40, description="What it is about.")] = ""
    created_after: Annotated[Moment | None, msgspec.Meta(description="Created at or after this moment.")] = None
    created_before: Annotated[Moment | None, msgspec.Meta(description="Created before this moment.")] = None
    has_next_action: Annotated[bool | None, msgspec.Meta(description="With a next step, or without.")] = None
    sort: Annotated[
        str,
        msgspec.Meta(description="`created_at`, `updated_at`, `name` or `value`; `-` before it for descending."),
    ] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[str, msgspec.Meta(max_length=1000, description="`next_cursor` of the page before.")] = ""
