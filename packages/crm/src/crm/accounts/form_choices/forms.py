"""What people and programs submit about choices."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from crm.accounts.form_choices.models import CHOICE_FIELDS
from crm.values import Line
from shared.enquiry_form import MAX_LABEL

FieldName = Annotated[
    str,
    msgspec.Meta(
        title="Field", pattern=f"^({'|'.join(CHOICE_FIELDS)})$", extra_json_schema={"enum": [*CHOICE_FIELDS]},
        description="The field of the form.",
    ),
]  # fmt: skip
Label = Annotated[
    Line, msgspec.Meta(title="Label", min_length=1, max_length=MAX_LABEL, description="What visitors and pages read.")
]
Position = Annotated[
    int, msgspec.Meta(title="Place", ge=1, le=1000, description="Its place among the active choices, from 1.")
]
Active = Annotated[bool, msgspec.Meta(title="Offered", description="Whether a new form offers it; false retires it.")]


class NewChoice(msgspec.Struct, frozen=True):
    """A choice, which comes last. Its key is made from its label."""

    field: FieldName
    label: Label


class ChangeChoice(msgspec.Struct, frozen=True):
    """What is to change; the rest stays."""

    label: Label | UnsetType = UNSET
    active: Active | UnsetType = UNSET
    position: Position | UnsetType = UNSET
