"""Moves records to the trash and restores them."""

from __future__ import annotations

from collections.abc import Mapping

from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError
from crm.records import change_sets
from crm.records.trash import queries
from crm.records.trash.models import Kind, Rows, TrashEntry

_NOT_FOUND = "This is not in the trash. It was restored or deleted permanently."


async def keep(
    connection: Connection, kind: Kind, record_id: int, name: str, *, tables: Mapping[str, str], by: Actor
) -> None:
    """Copy a record that is about to be deleted, with its dependent rows.

    `tables` maps each table to the column that holds the record's id. Tables that others reference come first.
    """
    await queries.insert(connection, kind, record_id, name=name, tables=tables, by_name=by.name, at=clock.now())
    await change_sets.record(connection, kind, record_id, "deleted", name=name)


async def take(connection: Connection, kind: Kind, record_id: int) -> Rows:
    """Remove a record from the trash and return its rows, for its module to restore. Raises `NotFoundError`."""
    rows = await queries.take(connection, kind, record_id)
    if rows is None:
        raise NotFoundError(_NOT_FOUND)
    return rows


async def get(connection: Connection, entry_id: int) -> TrashEntry:
    """Return one entry of the trash. Raises `NotFoundError`."""
    entry = await queries.find(connection, entry_id)
    if entry is None:
        raise NotFoundError(_NOT_FOUND)
    return entry
