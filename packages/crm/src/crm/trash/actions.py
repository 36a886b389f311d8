"""Keeping what is deleted, giving it back, and ending it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, NotFoundError, ValidationError
from crm.kernel.http.paging import Page, Where
from crm.trash import queries
from crm.trash.models import KEPT, Kind, Rows, Trashed

_GONE = "This is not in the trash. It has been restored, or its thirty days are over."


async def keep(
    connection: Connection, kind: Kind, number: int, name: str, *, tables: Mapping[str, str], by: Actor
) -> None:
    """Copy a record that is about to be deleted, with all that goes with it.

    `tables` names each table and the column of it that holds the record's number, what others point to first.
    """
    await queries.insert(connection, kind, number, name=name, tables=tables, by_name=by.name, at=clock.now())


async def has(connection: Connection, kind: Kind, number: int) -> bool:
    """Whether the record was deleted and can still come back."""
    return await queries.has(connection, kind, number)


async def take(connection: Connection, kind: Kind, number: int) -> Rows:
    """Take a record out of the trash, to be put back by its room. Raises `NotFoundError` when it is not there."""
    rows = await queries.take(connection, kind, number)
    if rows is None:
        raise NotFoundError(_GONE)
    return rows


async def put_back(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    """Write what `take` gave of one table where it was."""
    if rows:
        await queries.put_back(connection, table, rows)


async def get(connection: Connection, number: int) -> Trashed:
    """One entry of the trash. Raises `NotFoundError`."""
    found = await queries.find(connection, number)
    if found is None:
        raise NotFoundError(_GONE)
    return found


async def list_deleted(connection: Connection, cursor: str) -> Page[Trashed]:
    """What was deleted, the latest first. Raises `ValidationError` for a cursor that is not this list's."""
    return await queries.LISTING.page(connection, Where(), cursor=cursor)


async def forget(connection: Connection, number: int, name: str) -> Trashed:
    """End a record for good. Raises `NotFoundError`, and `ValidationError` unless its `name` was typed."""
    found = await get(connection, number)
    if name.casefold() != found.name.casefold():
        raise ValidationError([FieldError("name", f"Type {found.name} here, since this cannot be undone.")])
    await queries.delete(connection, number)
    return found


async def forget_old(connection: Connection) -> int:
    """End what was deleted long ago; says how many."""
    return await queries.delete_before(connection, clock.now() - KEPT)


async def forget_demo(connection: Connection) -> None:
    """End what was invented to begin with."""
    await queries.delete_demo(connection)
