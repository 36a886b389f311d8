"""What people and programs submit about saved views."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec

from crm.records.base import ListFilter, change_form, field
from crm.records.saved_views.models import ViewKind
from crm.values import Line, NormalForm

ViewName = Annotated[Line, field("Name", min_length=1, max_length=60, description="What to call it.")]


def _check_query(text: str) -> str:
    """The query of a URL. Raises `ValueError` for characters that a URL cannot hold."""
    if not re.fullmatch(r"[!-~]*", text):
        raise ValueError("Copy it from the URL of a list: it has no spaces, and letters beyond ASCII are encoded.")
    return text


ViewQuery = Annotated[
    str,
    NormalForm(_check_query),
    field(
        "Filters and columns", max_length=4000, examples=["status=new&sort=-value"],
        description="The query of the list's URL: filters, `q`, `sort` and `columns`.",
    ),
]  # fmt: skip


class SaveView(msgspec.Struct, frozen=True, kw_only=True):
    """A list to save under a name."""

    kind: ViewKind
    name: ViewName
    query: ViewQuery = ""
    shared: bool = False
    pinned: bool = False


class EditView(msgspec.Struct, frozen=True, kw_only=True):
    """A saved view as its page changes it. `version` is the one that was shown, `save_query` what the list shows."""

    name: ViewName
    shared: bool = False
    version: int = 0
    save_query: ViewQuery | None = None


class NewView(msgspec.Struct, frozen=True, kw_only=True):
    """A view to add; everybody sees it."""

    kind: ViewKind
    name: ViewName
    query: ViewQuery = ""


ChangeView: Any = change_form("ChangeView", NewView, "What is to change; the rest stays.", without=("kind",))
ChangeOwnView: Any = change_form(
    "ChangeOwnView", NewView, "A change of a view, or of who sees it.", without=("kind",),
    shared=Annotated[bool, field("Shared")],
)  # fmt: skip


class ViewFilter(ListFilter, frozen=True, kw_only=True):
    """Which views, in which order. Programs see those that are shared."""

    kind: ViewKind | None = None
    sort: Annotated[str, msgspec.Meta(description="`name` or `created_at`; `-` before it for descending.")] = ""
