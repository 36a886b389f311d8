"""The forms of invitations, and which users are listed."""

from __future__ import annotations

from typing import Annotated

import msgspec

from crm.accounts.permissions import Role
from crm.kernel.http.paging import DEFAULT_LIMIT, MAX_LIMIT
from crm.values import Line


class Accept(msgspec.Struct, frozen=True):
    name: Annotated[Line, msgspec.Meta(min_length=1, max_length=120)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class UserFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which users, by name."""

    role: Annotated[list[Role], msgspec.Meta(description="Any of these roles.")] = []
    active: Annotated[bool, msgspec.Meta(description="Whether they can sign in.")] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[str, msgspec.Meta(max_length=1000, description="`next_cursor` of the page before.")] = ""
