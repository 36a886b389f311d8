"""Writes the records of rows through the actions of an edit, and undoes that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import AppError, NotFoundError, ValidationError
from crm.records import companies, leads, tags
from crm.records.change_sets import Change, Verb
from crm.workspace import undo
from crm.workspace.imports import plans, queries
from crm.workspace.imports.fields import PAGES
from crm.workspace.imports.models import CellError, Import, ImportRow
from crm.workspace.imports.plans import Context, Plan

Note = dict[str, Any]
"""What came of a row, as `queries.note_rows` takes it."""


async def write_rows(connection: Connection, imported: Import, rows: Sequence[ImportRow], *, by: Actor) -> list[Note]:
    """Write the records of rows together or, if one of them is refused, one by one. Returns what came of each."""
    try:
        async with connection.transaction():
            return await _write(connection, imported, rows, by)
    except AppError:
        return [await _try_row(connection, imported, row, by) for row in rows]


async def undo_row(connection: Connection, imported: Import, row: ImportRow, *, by: Actor) -> Note:
    """Delete the record that a row created, or put back what it changed, as far as nobody has changed it since."""
    assert row.record_id is not None
    verb: Verb = "created" if row.state == "created" else "changed"
    change = Change(0, imported.noun, row.record_id, row.name, verb, row.before, row.after)
    reason = await undo.undo_change(connection, change, by=by)
    if reason:
        return {"number": row.number, "state": "kept", "errors": [CellError("", reason)]}
    for noun, record_id in row.also:
        await _delete_unused(connection, noun, record_id, by)
    return {"number": row.number, "state": "undone"}


async def _try_row(connection: Connection, imported: Import, row: ImportRow, by: Actor) -> Note:
    try:
        async with connection.transaction():
            (note,) = await _write(connection, imported, [row], by)
            return note
    except ValidationError as error:
        context = await plans.read_context(connection, imported)
        errors = [CellError(context.names.get(each.field, ""), each.message) for each in error.errors]
    except AppError as error:
        errors = [CellError("", error.detail)]
    return {"number": row.number, "state": "wrong", "errors": errors}


async def _write(connection: Connection, imported: Import, rows: Sequence[ImportRow], by: Actor) -> list[Note]:
    """Plan the rows again, because the records may have changed since the check, and do it."""
    context = await plans.read_context(connection, imported)
    planned = await plans.plan_rows(connection, context, rows)
    tag_ids = await _read_tag_ids(connection, context, planned)
    notes: dict[int, Note] = {}
    created = await _create(connection, context, [plan for plan in planned if plan.outcome == "new"], tag_ids, by)
    for row, plan in zip(rows, planned, strict=True):
        note: Note = {"number": row.number, "name": plan.name[:200]}
        if plan.outcome == "new":
            record, also = next(created)
            note |= {"state": "created", "record_id": record.id, "after": {"version": record.version}, "also": also}
        elif plan.outcome == "change":
            note |= {"state": "changed", **await _change(connection, context, plan, tag_ids, by)}
        else:
            note |= {"state": plan.outcome, "errors": plan.errors}
        notes[row.number] = note
    return [*notes.values()]


async def _create(
    connection: Connection, context: Context, planned: list[Plan], tag_ids: dict[str, int], by: Actor
) -> Any:
    """Create records, each with the contacts and companies that were created along with it, as an iterator."""
    noun = context.imported.noun
    record = PAGES[noun].record
    also: list[list[tuple[str, int]]] = [[] for _ in planned]
    if noun == "lead":
        made = await leads.create_imported(
            connection,
            [
                leads.ImportedLead(
                    msgspec.structs.replace(
                        plan.form, **{name: plan.special.get(name) for name in ("first_touch", "last_touch")}
                    ),
                    plan.special.get("reference", ""),
                    plan.special.get("received_at"),
                )
                for plan in planned
            ],
            by=by,
        )
        others = await queries.list_created_with(connection, [lead.id for lead in made])
        also = [others.get(lead.id, []) for lead in made]
    else:
        employers = await _find_companies(connection, planned, by)
        made = []
        for number, (plan, (company, is_new)) in enumerate(zip(planned, employers, strict=True)):
            form = msgspec.structs.replace(plan.form, company_id=company.id) if company else plan.form
            made.append(await record.create(connection, form, by=by))
            if is_new:
                also[number].append(("company", company.id))
    for number, plan in enumerate(planned):
        if names := plans.list_tags(context, plan.special):
            form = record.changes(tag_ids=[tag_ids[name.casefold()] for name in names])
            made[number] = await record.change(connection, made[number], form, by=by)
    return iter(list(zip(made, also, strict=True)))


async def _change(connection: Connection, context: Context, plan: Plan, tag_ids: dict[str, int], by: Actor) -> Note:
    """Change a record. Returns what it replaced and wrote. Raises `PreconditionFailedError` if somebody was faster."""
    record = PAGES[context.imported.noun].record
    before = await record.table.lock(connection, plan.record.id, plan.record.version)
    form, also = plan.form, []
    if "company" in plan.changed:
        ((company, is_new),) = await _find_companies(connection, [plan], by)
        form = msgspec.structs.replace(form, company_id=company.id) if company else form
        also = [("company", company.id)] if is_new and company else []
    if "tag_ids" in plan.changed:
        wanted = [tag_ids[name.casefold()] for name in plans.list_tags(context, plan.special)]
        form = msgspec.structs.replace(form, tag_ids=sorted({*before.tag_ids, *wanted}))
    after = await record.change(connection, before, form, by=by)
    differ = [name for name in record.changes.__struct_fields__ if getattr(before, name) != getattr(after, name)]
    return {
        "record_id": after.id, "also": also,
        "before": {name: getattr(before, name) for name in differ},
        "after": {name: getattr(after, name) for name in differ},
    }  # fmt: skip


async def _find_companies(connection: Connection, planned: Sequence[Plan], by: Actor) -> list[tuple[Any, bool]]:
    """For each contact the company that its row names, and whether it is new; None without one."""
    hints = [companies.describe(plan.special.get("company", ""), "") for plan in planned]
    found = await companies.find_or_create_many(connection, hints, clock.now())
    await companies.record_outcomes(connection, [(company, outcome) for company, outcome in found if company], by)
    return [(company, outcome == "created") for company, outcome in found]


async def _read_tag_ids(connection: Connection, context: Context, planned: Sequence[Plan]) -> dict[str, int]:
    """The ids of the tags of all records that are written, by name in small letters. Missing tags are added."""
    names = {
        name.casefold(): name
        for plan in planned
        if plan.outcome in ("new", "change")
        for name in plans.list_tags(context, plan.special)
    }
    found = {}
    for key, name in sorted(names.items()):
        tag = plans.find_tag(context, name) or await tags.create_missing(connection, name)
        found[key] = tag.id
    return found


async def _delete_unused(connection: Connection, noun: str, record_id: int, by: Actor) -> None:
    """Delete a contact or company that a row created along with its record, if nobody has used or changed it since."""
    record = PAGES[noun].record  # type: ignore[index]
    if await queries.is_unused(connection, noun, record_id):
        try:
            async with connection.transaction():
                await record.delete(connection, await record.table.lock(connection, record_id), by=by)
        except (AppError, NotFoundError):
            return
