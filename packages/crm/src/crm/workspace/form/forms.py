"""What people and programs submit about the form."""

from __future__ import annotations

from typing import Literal

import msgspec

from crm.accounts.form_choices import Choice, Label
from crm.kernel.http.request import ANY_VERSION


class EditChoice(msgspec.Struct, frozen=True):
    """The page of a choice. `version` is the one that the page was made from."""

    label: Label
    version: int = ANY_VERSION


class ShiftChoice(msgspec.Struct, frozen=True):
    """A press on an arrow: the choice goes one place up or down."""

    by: Literal["up", "down"]


class ChoiceFilter(msgspec.Struct, frozen=True):
    """The list of choices takes no parameters."""


class ChoiceList(msgspec.Struct, frozen=True):
    """All choices. Those of a field are in their order, the retired ones last."""

    data: list[Choice]
