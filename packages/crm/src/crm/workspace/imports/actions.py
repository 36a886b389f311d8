"""The steps of an import: upload, mapping, check, run and undo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from crm.accounts.audit import AuditAction, Target, record_audit
from crm.kernel import clock, jobs
from crm.kernel.actor import Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, FieldError, NotFoundError, ValidationError
from crm.records.change_sets import UNDO_PERIOD
from crm.workspace.imports import plans, queries, writing
from crm.workspace.imports.csv_file import CsvError, Delimiter, Encoding, name_columns, read_file
from crm.workspace.imports.fields import guess_mapping, label_of, list_fields
from crm.workspace.imports.models import AT_ONCE, MAX_ROWS, CellError, Import, ImportState, Noun

JOB = "run_import"
BATCH = {"checking": 500, "running": 100, "undoing": 50}
"""So many rows go into one transaction."""
_STORED_AT_ONCE = 500
_SAFETY = timedelta(seconds=30)
"""A small import runs at once. If its process dies, the job does the rest then."""
_MAX_VALUES = 100
"""So many different values of a column with choices can be told apart on the page."""
ValueMap = Mapping[str, Mapping[str, str]]
"""For fields with choices: what values of the file mean."""
_OPEN: tuple[ImportState, ...] = ("uploaded", "checking", "checked")


async def upload(
    connection: Connection,
    noun: Noun,
    file_name: str,
    content: bytes,
    *,
    by: Actor,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
) -> int:
    """Store the rows of a file and guess what its columns are. Returns the id of the import.

    Raises `ValidationError` for a file that cannot be read, has no rows, or too many.
    """
    try:
        file = read_file(content, encoding, delimiter)
        rows = file.read_rows()
        header = name_columns(next(rows, []))
        values = {
            "noun": noun, "file_name": file_name[:200], "encoding": file.encoding, "delimiter": file.delimiter,
            "header": header, "mapping": guess_mapping(noun, header),
        }  # fmt: skip
        import_id = await queries.insert(connection, values, by)
        number = 1
        while batch := list(islice(rows, _STORED_AT_ONCE)):
            if number + len(batch) > MAX_ROWS + 1:
                raise CsvError(f"This file has more than {MAX_ROWS:,} rows. Split it, and import the parts.")
            await queries.insert_rows(connection, import_id, enumerate(batch, start=number + 1))
            number += len(batch)
        if number == 1:
            raise CsvError("This file has a header, and no rows below it. Choose one with at least one row.")
    except CsvError as error:
        raise ValidationError([FieldError("file", str(error))]) from error
    return import_id


async def repeat_options(connection: Connection, import_id: int) -> None:
    """Give an import the mapping and the options of the last one whose file had the same columns."""
    imported = await get(connection, import_id)
    last = await queries.find_last_like(connection, imported)
    if last:
        known = {field.name for field in list_fields(imported.noun)}
        mapping = [field if field in known else "" for field in last.mapping]
        values = {"mapping": mapping, "rule": last.rule, "date_order": last.date_order}
        await queries.update(connection, import_id, _OPEN, values)


async def get(connection: Connection, import_id: int) -> Import:
    """The import with its numbers. Raises `NotFoundError`."""
    found = await queries.find(connection, import_id)
    if found is None:
        raise NotFoundError(f"There is no such import. It may be more than {UNDO_PERIOD.days} days old.")
    return found


async def map_columns(
    connection: Connection, imported: Import, values: Mapping[str, Any], value_map: ValueMap | None = None
) -> list[str]:
    """Store the mapping and the options of an import that has not been started. Returns the fields to ask about.

    These have choices, and a value of the file is none of them. Without any, or with a `value_map` that says what they
    mean, the check is started. Raises `ValidationError` for a field of two columns, or none at all, and
    `ConflictError` once it was started.
    """
    mapping: list[str] = values["mapping"]
    known = {field.name for field in list_fields(imported.noun)}
    errors = []
    for column, field in enumerate(mapping):
        if field and field not in known:
            errors.append(FieldError(f"column-{column}", "Choose one of the fields."))
        elif field and field in mapping[:column]:
            other = imported.header[mapping.index(field)]
            label = label_of(imported.noun, field)
            errors.append(FieldError(f"column-{column}", f"“{other}” already goes to {label}. Choose one of them."))
    if not any(mapping):
        errors.append(FieldError("", "Choose a field for at least one column."))
    if errors:
        raise ValidationError(errors)
    await queries.lock_all(connection)
    if not await queries.update(connection, imported.id, _OPEN, {**values, "state": "uploaded", "value_map": {}}):
        raise ConflictError("This import was started already.")
    await queries.reset_rows(connection, imported.id)
    unknown = await list_unknown_values(connection, await get(connection, imported.id))
    if not unknown or value_map is not None:
        await start_check(connection, imported.id, await _choose_values(connection, unknown, value_map or {}))
        return []
    return [*unknown]


async def list_unknown_values(connection: Connection, imported: Import) -> dict[str, list[str]]:
    """For each field with choices, the values of the file that are none of them."""
    context = await plans.read_context(connection, imported)
    unknown = {}
    for column, field in enumerate(imported.mapping):
        if field in context.choices:
            values = await queries.list_values(connection, imported.id, column, _MAX_VALUES)
            known = {*context.choices[field]} - {text.casefold() for text in imported.value_map.get(field, {})}
            if found := [value for value in values if value.casefold() not in known]:
                unknown[field] = found
    return unknown


async def choose_values(connection: Connection, imported: Import, value_map: ValueMap) -> None:
    """Store what unknown values of the file mean, and start the check. Raises as `start_check` does."""
    unknown = await list_unknown_values(connection, imported)
    await start_check(connection, imported.id, await _choose_values(connection, unknown, value_map))


async def start_check(connection: Connection, import_id: int, value_map: ValueMap) -> None:
    """Let the rows be checked. Raises `ConflictError` once the import was started."""
    await queries.lock_all(connection)
    if not await queries.update(connection, import_id, _OPEN, {"state": "checking", "value_map": dict(value_map)}):
        raise ConflictError("This import was started already.")
    await queries.reset_rows(connection, import_id)
    await _enqueue(connection, import_id)


async def start_run(connection: Connection, import_id: int, *, by: Actor) -> Import:
    """Let a checked import write its records. Raises `ConflictError` if it is not checked, or was started before."""
    await _start(connection, import_id, by)
    await _enqueue(connection, import_id)
    return await get(connection, import_id)


async def start_undo(connection: Connection, import_id: int, *, by: Actor) -> Import:
    """Let an import be undone. Raises `ConflictError` if it is not done, or was undone before."""
    if not await queries.update(connection, import_id, ["done"], {"state": "undoing"}):
        await get(connection, import_id)
        raise ConflictError("There is nothing to undo.")
    await record_audit(connection, AuditAction.IMPORT_UNDONE, by=by, target=Target("import", import_id))
    await _enqueue(connection, import_id)
    return await get(connection, import_id)


async def stop(connection: Connection, import_id: int) -> None:
    """Stop a running import. What it has written can be undone. Raises `ConflictError` if it does not run."""
    await queries.lock_all(connection)
    done = {"state": "done", "finished_at": clock.now()}
    if not await queries.update(connection, import_id, ["running"], done):
        await get(connection, import_id)
        raise ConflictError("This import does not run any more.")
    await queries.stop(connection, import_id)


async def delete(connection: Connection, import_id: int) -> None:
    """Delete an import that was not started, with its rows. Raises `ConflictError` if it was."""
    if not await queries.delete(connection, import_id):
        await get(connection, import_id)
        raise ConflictError("This import was started already. Undo it instead.")


async def run_next_rows(context: AppContext, import_id: int) -> bool:
    """Check, import or undo the next rows, in one transaction. Returns whether there are more.

    It is safe to run twice, also at once: a row is done in the transaction that writes its record.
    """
    async with context.db.transaction() as conn:
        await queries.lock_all(conn)
        imported = await queries.find(conn, import_id)
        if imported is None or imported.state not in BATCH:
            return False
        limit = BATCH[imported.state]
        if imported.state == "checking":
            rows = await queries.list_rows(conn, import_id, ["waiting"], limit)
            notes = await _check(conn, imported, rows) if rows else []
        elif imported.state == "running":
            rows = await queries.list_rows(conn, import_id, ["new", "change"], limit)
            notes = await writing.write_rows(conn, imported, rows, by=await queries.read_actor(conn, import_id))
        else:
            rows = await queries.list_rows(conn, import_id, ["created", "changed"], limit, last_first=True)
            by = await queries.read_actor(conn, import_id)
            notes = [await writing.undo_row(conn, imported, row, by=by) for row in rows]
        if rows:
            await queries.note_rows(conn, import_id, notes)
        else:
            return await _finish(conn, imported)
    return True


async def _check(connection: Connection, imported: Import, rows: list[Any]) -> list[dict[str, Any]]:
    """Plan rows, and name those that are about the same record as an earlier one."""
    context = await plans.read_context(connection, imported)
    planned = [
        (row.number, plan) for row, plan in zip(rows, await plans.plan_rows(connection, context, rows), strict=True)
    ]
    repeated = await plans.find_repeated(connection, imported.id, planned)
    notes = []
    for number, plan in planned:
        errors, state = plan.errors, plan.outcome
        if number in repeated and state in ("new", "change"):
            message = f"Row {repeated[number]:,} is about the same {imported.noun}. Put both into one row."
            errors, state = [CellError("", message)], "wrong"
        notes.append(
            {
                "number": number,
                "state": state,
                "key": plan.key or None,
                "name": plan.name[:200],
                "record_id": plan.record.id if plan.record else None,
                "errors": errors,
            }
        )
    return notes


async def _finish(connection: Connection, imported: Import) -> bool:
    """Note that a step is done. Returns whether the next one follows by itself."""
    if imported.state == "checking" and imported.auto_run:
        await queries.update(connection, imported.id, ["checking"], {"state": "checked"})
        await _start(connection, imported.id, await queries.read_actor(connection, imported.id))
        return True
    after = {"checking": "checked", "running": "done", "undoing": "undone"}[imported.state]
    await queries.update(connection, imported.id, [imported.state], {"state": after, "finished_at": clock.now()})
    return False


async def _start(connection: Connection, import_id: int, by: Actor) -> None:
    started = {"state": "running", "started_at": clock.now()}
    if not await queries.update(connection, import_id, ["checked"], started):
        await get(connection, import_id)
        raise ConflictError("This import is not checked yet, or was started already.")
    imported = await get(connection, import_id)
    after = {"records": imported.noun, "new": imported.new, "change": imported.change}
    await record_audit(connection, AuditAction.DATA_IMPORTED, by=by, target=Target("import", import_id), after=after)


async def _choose_values(
    connection: Connection, unknown: Mapping[str, list[str]], chosen: ValueMap
) -> dict[str, dict[str, str]]:
    """What each unknown value of the file means. What is not chosen, or is no choice, is left out."""
    choices = {field: dict(pairs) for field, pairs in (await plans.list_choices(connection)).items()}
    return {
        field: {
            text: value if (value := chosen.get(field, {}).get(text, "")) in choices[field] else "" for text in values
        }
        for field, values in unknown.items()
    }


async def _enqueue(connection: Connection, import_id: int) -> None:
    imported = await get(connection, import_id)
    at = clock.now() + (_SAFETY if imported.total <= AT_ONCE else timedelta())
    await jobs.enqueue(connection, JOB, {"id": import_id}, at=at, priority=jobs.SOON)
