"""The forms of sign-in and profile."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from crm.values import Line

Secret = Annotated[str, msgspec.Meta(max_length=1000)]
"""A password as typed. `passwords` has the rules for new ones."""


class Continuation(msgspec.Struct, frozen=True, kw_only=True):
    """What follows a sign-in or a confirmation: the page `next`, or the kept form, which is sent to `to`."""

    next: Annotated[str, msgspec.Meta(max_length=4000)] = "/"
    to: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    kept: str = ""


class SignIn(Continuation, frozen=True, kw_only=True):
    email: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class SignInQuery(msgspec.Struct, frozen=True):
    """`next` is the page to open afterwards. `to` is where a form was sent as the session had ended."""

    next: str = "/"
    to: str = ""
    signed_out: bool = False
    ended: bool = False
    reset: bool = False


class Profile(msgspec.Struct, frozen=True):
    name: Annotated[Line, msgspec.Meta(min_length=1, max_length=120)]
    theme: Literal["system", "light", "dark"] = "system"


class ChangePassword(msgspec.Struct, frozen=True):
    current: Secret
    new: Secret
