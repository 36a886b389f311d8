"""What happens to files: they are added to a record and deleted."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http.paging import Where
from crm.records import activities, change_sets
from crm.records.base import PLACE_FILTERS, PlaceColumn
from crm.records.files import queries, types
from crm.records.files.forms import ChangeFile, FileFilter
from crm.records.files.models import File, Stored
from crm.records.files.queries import TABLE
from crm.records.related import check_references
from crm.values.formats import join_words


async def create(
    connection: Connection, stored: Sequence[Stored], place: dict[PlaceColumn, int], *, by: Actor, demo: bool = False
) -> list[File]:
    """Add stored files to one record. Raises `ValidationError` unless `place` names one that exists."""
    if len(place) != 1:
        raise ValidationError(
            [FieldError("lead_id", "Say which record it belongs to: one of lead_id, contact_id and company_id.")]
        )
    await check_references(connection, **place)
    files = [await queries.insert(connection, each, place, by, demo=demo) for each in stored]
    about = {str(column): record_id for column, record_id in place.items()}
    for file in files:
        after = {"version": file.version, **about}
        await change_sets.record(connection, "file", file.id, "created", name=file.name, after=after)
    if files:
        names = join_words([file.name for file in files])
        await _record(connection, f"{by.name} added the file{'s' if len(files) > 1 else ''} {names}", place, by)
    return files


async def delete(connection: Connection, file: File, *, by: Actor) -> None:
    """Delete a locked file. The change set can bring it back."""
    row = await queries.read_row(connection, file.id)
    await TABLE.delete(connection, file.id)
    await change_sets.record(connection, "file", file.id, "deleted", name=file.name, before=row)
    await _record(connection, f"{by.name} deleted the file {file.name}", file.place, by)


async def change(connection: Connection, file: File, form: ChangeFile, *, by: Actor) -> File:
    """Rename a locked file. Raises `ValidationError` for the name of a program."""
    if form.name is UNSET or form.name == file.name:
        return file
    name = types.clean_name(form.name)
    if refusal := types.find_name_refusal(name):
        raise ValidationError([FieldError("name", refusal)])
    renamed = await TABLE.update(connection, file, {"name": name})
    await _record(connection, f"{by.name} renamed the file {file.name} to {name}", file.place, by)
    return renamed


async def apply_filters(_: Connection, query: FileFilter) -> Where:
    """The conditions of a list."""
    where = Where()
    where.add_given(query, PLACE_FILTERS)
    return where


async def _record(connection: Connection, body: str, place: dict[PlaceColumn, int], by: Actor) -> None:
    await activities.record(connection, kind="system", body=body, by=by, **place)  # type: ignore[arg-type]
