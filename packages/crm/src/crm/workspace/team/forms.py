"""The forms of the team page."""

from __future__ import annotations

from typing import Annotated

import msgspec

from crm.accounts.permissions import Role
from crm.records.base import RecordId


class NewInvitation(msgspec.Struct, frozen=True):
    email: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    role: Role = "member"


class ChangeRole(msgspec.Struct, frozen=True):
    """A viewer owns nothing: `viewer_successor` gets the open leads and tasks; without one they are unassigned."""

    role: Role
    viewer_successor: RecordId | None = None


class Disable(msgspec.Struct, frozen=True):
    """`successor` gets the open leads and tasks; without one they are unassigned."""

    successor: RecordId | None = None
