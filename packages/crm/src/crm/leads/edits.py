"""What the pages of a lead submit: whole forms, in which an empty field means empty."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET

from crm.kernel.http.request import ANY_VERSION
from crm.leads.forms import (
    Budget,
    ChangeLead,
    Company,
    Currency,
    Email,
    Hours,
    LostReason,
    Message,
    Name,
    NextAction,
    Number,
    Phone,
    ProjectType,
    Source,
    Value,
)
from crm.leads.models import Lead, Status

LABELS = {
    "name": "name", "email": "e-mail", "phone": "phone", "company": "company name", "message": "message",
    "project_type": "project type", "budget": "budget", "source": "source", "value": "value", "currency": "currency",
    "hours": "hours", "owner_id": "owner",
}  # fmt: skip
"""The fields of the edit page, in its order."""


class EditLead(msgspec.Struct, frozen=True):
    """The edit page. `version` is the one the page was made from."""

    name: Name
    email: Email = ""
    phone: Phone = ""
    company: Company = ""
    message: Message = ""
    project_type: ProjectType = ""
    budget: Budget = ""
    source: Source = ""
    value: Value = 0
    currency: Currency = ""
    hours: Hours = 0
    owner_id: Number | None = None
    version: int = ANY_VERSION

    def change(self) -> ChangeLead:
        """As a change of every field of the page; the currency stays when none is given."""
        values = {name: getattr(self, name) for name in LABELS}
        return ChangeLead(**{**values, "currency": self.currency or UNSET})


class MoveLead(msgspec.Struct, frozen=True):
    """A press on a stage. `was` is the stage the page showed."""

    status: Status
    was: Status
    lost_reason: LostReason = ""


class NextStep(msgspec.Struct, frozen=True):
    """The next step, and by when. `was` is the step the page showed."""

    next_action: Annotated[NextAction, msgspec.Meta(min_length=1)]
    next_action_on: date | None = None
    was: str = ""


def texts_of(lead: Lead) -> dict[str, str]:
    """The fields of the edit page as its controls hold them."""
    values = {name: getattr(lead, name) for name in LABELS}
    amount = lead.value
    values["value"] = f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:.2f}"
    return {name: "" if value is None else str(value) for name, value in values.items()}
