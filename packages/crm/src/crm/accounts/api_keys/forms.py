"""The forms that create and revoke a key."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from crm.values import Line


class NewKey(msgspec.Struct, frozen=True):
    """`expires` is a number of days, or `never`."""

    name: Annotated[Line, msgspec.Meta(min_length=1, max_length=120)]
    scopes: list[str] = []
    expires: Literal["30", "90", "365", "never"] = "90"


class Revoke(msgspec.Struct, frozen=True):
    """`name` must be typed to confirm, because revoking cannot be undone."""

    name: str = ""
