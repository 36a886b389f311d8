"""The change set of a request: all that one action of a person, or one call of a program, writes to records."""

from __future__ import annotations

from contextvars import ContextVar

from starlette.types import Scope

from crm.kernel import db
from crm.kernel.actor import Actor


class ChangeSet:
    """`id` is that of its row, once something was recorded."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.id: int | None = None

    @property
    def actor(self) -> Actor:
        """Who sends the request."""
        return self._scope["actor"]  # type: ignore[no-any-return]


current: ContextVar[ChangeSet | None] = ContextVar("change_set", default=None)
"""The change set of the request that is being handled; None for requests that only read, and for jobs."""


def undo_url() -> str:
    """The URL that undoes what this request has changed and committed; empty if that is nothing."""
    change_set = current.get()
    return f"/changes/{change_set.id}/undo" if change_set and change_set.id and db.committed.get() else ""
