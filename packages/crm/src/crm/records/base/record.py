"""What the handlers and undo need to know of one kind of record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from crm.accounts.permissions import Permission
from crm.kernel.db import Connection
from crm.kernel.http.paging import Page, Where
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

    `apply_filters` takes the filter and gives the conditions of the list; without it, the filter only sorts. `create`
    takes a `new` form and `by`.
    """

    plural: str
    """Also the path below `/api/v1/`, the folder of the templates, and the first half of the scopes."""
    filter: type[msgspec.Struct]
    new: type[msgspec.Struct]
    apply_filters: Callable[[Connection, Any], Awaitable[Where]] | None = None
    create: Action
    delete: Action

    async def list_page(self, connection: Connection, query: Any) -> Page[Any]:
        """One page of the list. Raises `ValidationError` for an unknown sort or cursor."""
        where = await self.build_where(connection, query)
        return await self.table.page(connection, where, sort=query.sort, limit=query.limit, cursor=query.cursor)

    async def build_where(self, connection: Connection, query: Any) -> Where:
        """The conditions of the list."""
        return await self.apply_filters(connection, query) if self.apply_filters else Where([self.table.exists])
