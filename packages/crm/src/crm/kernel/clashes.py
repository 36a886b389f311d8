"""Two people changed one record: which fields truly clash, and the page on which the later one chooses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from crm.kernel import views
from crm.kernel.http.request import Request


class Clash(msgspec.Struct, frozen=True):
    """One field with two wishes; both are the texts a form would send, the `_said` ones what a person reads."""

    name: str
    label: str
    yours: str
    current: str
    yours_said: str
    current_said: str


def text_of(value: Any) -> str:
    """A value as the control of a form holds it."""
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def page(
    request: Request,
    *,
    what: str,
    action: str,
    back: str,
    version: int,
    yours: Mapping[str, Any],
    current: Mapping[str, Any],
    labels: Mapping[str, str],
    words: Mapping[str, Mapping[str, str]] | None = None,
) -> ASGIResponse:
    """409: what was typed beside what is there now, for each field where they differ.

    Sending the page to `action` saves what was chosen; nothing typed is lost. `words` are the labels of choices, by
    field and value.
    """
    said = words or {}
    clashes, kept = [], {}
    for name, label in labels.items():
        mine, theirs = text_of(yours.get(name)), text_of(current.get(name))
        if mine == theirs:
            kept[name] = mine
            continue
        names = said.get(name, {})
        clashes.append(Clash(name, label, mine, theirs, names.get(mine, mine), names.get(theirs, theirs)))
    return views.page(
        request, "conflict.html", status=409, what=what, action=action, back=back, version=version, clashes=clashes,
        kept=kept,
    )  # fmt: skip
