"""Names that are stored, each with what people read for it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class LabeledName(StrEnum):
    """A member is defined by its name and `label`. Names are stored, so they never change."""

    label: str

    def __new__(cls, name: str, label: str = "") -> Self:
        member = str.__new__(cls, name)
        member._value_ = name
        member.label = label
        return member
