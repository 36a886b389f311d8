"""Deletes and restores contacts and companies with their timelines.

Activities that also show on another record stay there, and show on the restored record again.
"""

from __future__ import annotations

from typing import Any, TypeVar

from crm.kernel import events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError
from crm.records import change_sets, related, trash
from crm.records.activities import actions, queries
from crm.records.base import PLACES, RecordEvents, Table

R = TypeVar("R", bound=Any)


async def delete_with_timeline(
    connection: Connection, record: R, *, table: Table[R], events_of: RecordEvents, by: Actor
) -> None:
    """Move a locked record to the trash with its activities, and publish that it was deleted.

    Raises `ConflictError` while other records point to it.
    """
    column = f"{table.noun}_id"
    await related.check_unused(connection, column, record.id, record.name)  # type: ignore[arg-type]
    tables = {table.table: "id", "activities": column, "tasks": column, "files": column}
    await trash.keep(connection, table.noun, record.id, record.name, tables=tables, by=by)  # type: ignore[arg-type]
    await queries.detach(connection, column, record.id)
    await table.delete(connection, record.id)
    await events.publish(connection, events_of.build("deleted", record, by))


async def restore_with_timeline(
    connection: Connection,
    table: Table[R],
    events_of: RecordEvents,
    record_id: int,
    rows: trash.Rows,
    *,
    unique: str,
    by: Actor,
) -> R:
    """Restore the record that `trash.take` gave as `rows`, with the id it had, and publish that it was restored.

    Raises `ConflictError` if another record has what must be unique, called `unique` in the message.
    """
    await trash.put_back(connection, table.table, rows[table.table])
    record, noun = await table.find(connection, record_id), table.noun
    if record is None:
        name = rows[table.table][0]["name"]
        raise ConflictError(f"{name} cannot come back: another {noun} has the {unique} by now. Change that one first.")
    column = f"{table.noun}_id"
    alone = [row for row in rows["activities"] if sum(row[each] is not None for each in PLACES) == 1]
    await trash.put_back(connection, "activities", alone)
    await queries.attach(connection, column, record_id, [row["id"] for row in rows["activities"]])
    # Records that were deleted by an earlier release have no tasks or files.
    await trash.put_back(connection, "tasks", rows.get("tasks", []))
    await trash.put_back(connection, "files", rows.get("files", []))
    await change_sets.record_whole(connection, noun, "restored", record)
    body = f"{by.name} restored this {noun}."
    await actions.record(connection, kind="system", body=body, by=by, **{column: record_id})  # type: ignore[arg-type]
    await events.publish(connection, events_of.build("restored", record, by))
    return record
