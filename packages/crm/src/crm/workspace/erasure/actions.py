"""Deletes records permanently: those that a user deletes from the trash, and those whose time there is over."""

from __future__ import annotations

from contextlib import suppress

from crm.accounts.audit import AuditAction, Target, record_audit
from crm.kernel import clock
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, NotFoundError, ValidationError
from crm.records import change_sets, files, trash
from crm.records.trash import Kind, TrashEntry
from crm.values import make_comparable
from crm.workspace.erasure import traces


async def delete_permanently(connection: Connection, entry_id: int, name: str, *, by: Actor = SYSTEM) -> TrashEntry:
    """Delete a record permanently, with all that other tables still hold of it.

    With a contact, its leads in the trash are deleted too. Raises `NotFoundError`, and `ValidationError` unless `name`
    is its name.
    """
    entry = await trash.get(connection, entry_id)
    if make_comparable(name) != make_comparable(entry.name):
        raise ValidationError([FieldError("name", f"Type {entry.name} to confirm.")])
    await _delete_with_traces(connection, entry.kind, entry.record_id)
    if entry.kind == "contact":
        for lead_id in await trash.list_leads_of(connection, entry.record_id):
            await _delete_with_traces(connection, "lead", lead_id)
    # The id alone, because the name would outlive the record.
    target = Target(entry.kind, entry.record_id)
    await record_audit(connection, AuditAction.RECORD_DELETED, by=by, target=target)
    return entry


async def delete_expired(connection: Connection) -> int:
    """Permanently delete the records whose time in the trash is over, and return how many."""
    expired = await trash.list_before(connection, clock.now() - trash.RETENTION)
    for kind, record_id in expired:
        await _delete_with_traces(connection, kind, record_id)
    if expired:
        target, after = Target("trash"), {"records": len(expired)}
        await record_audit(connection, AuditAction.RECORD_DELETED, by=SYSTEM, target=target, after=after)
    return len(expired)


async def _delete_with_traces(connection: Connection, kind: Kind, record_id: int) -> None:
    # Another transaction may have deleted or restored it meanwhile.
    with suppress(NotFoundError):
        rows = await trash.take(connection, kind, record_id)
        found = traces.find_traces(kind, record_id, rows)
        await traces.expire_files(connection, kind, record_id, rows, found)
        await traces.erase(connection, found)
        await change_sets.delete_of_records(connection, kind, [record_id])
        await files.delete_unused(connection, clock.now())
