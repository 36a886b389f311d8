"""What the handlers and undo need to know of one kind of record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from crm.accounts.permissions import Permission
from crm.records.base.queries import Table

Action = Callable[..., Awaitable[Any]]


class Undoable(msgspec.Struct, frozen=True, kw_only=True):
    """What undo needs to know of one kind of record. Each action gets a connection first.

    `change` takes the locked record, a `changes` form and `by`; `delete` the locked record and `by`; `restore` the id
    of a deleted one and `by`. Without `restore`, its row is inserted again.
    """

    noun: str
    table: Table[Any]
    changes: type[msgspec.Struct]
    change: Action
    delete: Action | None = None
    restore: Action | None = None
    permission: Permission = "write"
    """Who changes it on pages, and so who undoes a change of it."""


class Record(Undoable, frozen=True, kw_only=True):
    """The table, forms and actions of a record.

    `list_page` takes the filter, and `apply_filters` too: it gives the conditions of the list. `create` takes a `new`
    form and `by`.
    """

    plural: str
    """Also the path below `/api/v1/`, the folder of the templates, and the first half of the scopes."""
    filter: type[msgspec.Struct]
    new: type[msgspec.Struct]
    list_page: Action
    apply_filters: Action
    create: Action
    delete: Action
