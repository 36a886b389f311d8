"""Edit conflicts: two people changed one record, and the later one chooses between the values that differ.

An edit form sends the values it started with (`was.name`). A field that only one person changed keeps that change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.http.request import Request


class FieldConflict(msgspec.Struct, frozen=True):
    """A field that both changed. `yours` and `current` are form values, the `_text` fields are their labels."""

    name: str
    label: str
    yours: str
    current: str
    yours_text: str
    current_text: str
    original_text: str


def format_value(value: Any) -> str:
    """A value as the control of a form holds it."""
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def render_conflict(
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
) -> Response:
    """409: a page with both values. Posting it to `action` saves the choice. `words` holds the labels of choices."""
    now = {name: format_value(current.get(name)) for name in labels}
    conflicts, merged = [], {}
    for name, label in labels.items():
        mine, theirs = format_value(yours.get(name)), now[name]
        original = yours.get(f"was.{name}")  # Missing if a program, or a form of an older release, sent it.
        before = format_value(original)
        if mine == theirs or (original is not None and mine == before):
            merged[name] = theirs
        elif original is not None and theirs == before:
            merged[name] = mine
        else:
            names = (words or {}).get(name, {})
            texts = (names.get(mine, mine), names.get(theirs, theirs), names.get(before, before))
            conflicts.append(FieldConflict(name, label, mine, theirs, *texts))
    return views.page(
        request, "conflict.html", status=409, what=what, action=action, back=back, version=version, conflicts=conflicts,
        merged=merged, current=now, differs=any(merged[name] != now[name] for name in merged),
    )  # fmt: skip
