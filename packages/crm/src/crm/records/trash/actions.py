"""Moves records to the trash, restores them, and deletes them permanently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.accounts.audit import AuditAction, Target, record_audit
from crm.kernel import clock
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, NotFoundError, ValidationError
from crm.kernel.http.paging import Page, Where
from crm.records.trash import erasure, queries
from crm.records.trash.models import RETENTION, Kind, Rows, TrashEntry
from crm.values import make_comparable

_NOT_FOUND = "This is not in the trash. It was restored or deleted permanently."


async def keep(
    connection: Connection, kind: Kind, record_id: int, name: str, *, tables: Mapping[str, str], by: Actor
) -> None:
    """Copy a record that is about to be deleted, with its dependent rows.

    `tables` maps each table to the column that holds the record's id. Tables that others reference come first.
    """
    await queries.insert(connection, kind, record_id, name=name, tables=tables, by_name=by.name, at=clock.now())


async def add_rows(connection: Connection, kind: Kind, record_id: int, rows: Rows) -> None:
    """Add to what `take` will return for a record that `keep` has copied."""
    await queries.add_rows(connection, kind, record_id, rows)


async def has(connection: Connection, kind: Kind, record_id: int) -> bool:
    """Whether the record is in the trash."""
    return await queries.has(connection, kind, record_id)


async def take(connection: Connection, kind: Kind, record_id: int) -> Rows:
    """Remove a record from the trash and return its rows, for its module to restore. Raises `NotFoundError`."""
    rows = await queries.take(connection, kind, record_id)
    if rows is None:
        raise NotFoundError(_NOT_FOUND)
    return rows


async def put_back(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert the rows that `take` returned for one table."""
    if rows:
        await queries.put_back(connection, table, rows)


async def get(connection: Connection, entry_id: int) -> TrashEntry:
    """Return one entry of the trash. Raises `NotFoundError`."""
    entry = await queries.find(connection, entry_id)
    if entry is None:
        raise NotFoundError(_NOT_FOUND)
    return entry


async def list_deleted(connection: Connection, cursor: str) -> Page[TrashEntry]:
    """List the trash, the latest first. Raises `ValidationError` for a cursor of another list."""
    return await queries.LISTING.page(connection, Where(), cursor=cursor)


async def delete_permanently(connection: Connection, entry_id: int, name: str, *, by: Actor = SYSTEM) -> TrashEntry:
    """Delete a record permanently, with all that other tables still hold of it.

    With a contact, its leads in the trash are deleted too. Raises `NotFoundError`, and `ValidationError` unless `name`
    is its name.
    """
    entry = await get(connection, entry_id)
    if make_comparable(name) != make_comparable(entry.name):
        raise ValidationError([FieldError("name", f"Type {entry.name} to confirm.")])
    await _delete_with_traces(connection, entry.kind, entry.record_id)
    if entry.kind == "contact":
        for lead_id in await queries.list_leads_of(connection, entry.record_id):
            await _delete_with_traces(connection, "lead", lead_id)
    # The id alone, because the name would outlive the record.
    target = Target(entry.kind, entry.record_id)
    await record_audit(connection, AuditAction.RECORD_DELETED, by=by, target=target)
    return entry


async def delete_expired(connection: Connection) -> int:
    """Permanently delete the records whose time in the trash is over, and return how many."""
    expired = await queries.list_before(connection, clock.now() - RETENTION)
    for kind, record_id in expired:
        await _delete_with_traces(connection, kind, record_id)
    if expired:
        target, after = Target("trash"), {"records": len(expired)}
        await record_audit(connection, AuditAction.RECORD_DELETED, by=SYSTEM, target=target, after=after)
    return len(expired)


async def forget_demo(connection: Connection) -> None:
    """Remove sample data from the trash."""
    await queries.delete_demo(connection)


async def _delete_with_traces(connection: Connection, kind: Kind, record_id: int) -> None:
    rows = await queries.take(connection, kind, record_id)
    if rows is not None:
        await erasure.erase(connection, erasure.find_traces(kind, record_id, rows))
