"""Imports in the API."""

from __future__ import annotations

from starlette.responses import Response

from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.request import Request
from crm.workspace.imports import actions, queries
from crm.workspace.imports.fields import NOUNS
from crm.workspace.imports.forms import NewImport
from crm.workspace.imports.jobs import run
from crm.workspace.imports.models import AT_ONCE, Import, ImportErrors, RowErrors

_MOST_ERRORS = 1000


async def create(request: Request) -> Response:
    """Check a file and import its rows. Up to 200 rows are done at once, more by a job."""
    form = await forms.read(request, NewImport)

    async def start() -> Import:
        import_id = await actions.upload(
            conn, NOUNS[form.records], form.file_name, form.file.encode(), by=request.actor, encoding="utf-8"
        )
        await _map(conn, await actions.get(conn, import_id), form)
        return await actions.get(conn, import_id)

    async with request.db.transaction() as conn:
        imported = await run_once(request, conn, start, actions.get)
    return await _go_on(request, imported, 201)


async def show(request: Request) -> Response:
    """How far an import is."""
    return await _show(request, request.id)


async def list_errors(request: Request) -> Response:
    """The rows of an import that were left out, and why."""
    async with request.db.connection() as conn:
        imported = await actions.get(conn, request.id)
        rows = await queries.list_rows(conn, imported.id, ["wrong", "kept"], _MOST_ERRORS)
    return responses.json(ImportErrors([RowErrors(row.number, row.record_id, row.errors) for row in rows]))


async def start(request: Request) -> Response:
    """Import the rows of a checked file."""
    async with request.db.transaction() as conn:
        imported = await actions.start_run(conn, request.id, by=request.actor)
    return await _go_on(request, imported)


async def undo(request: Request) -> Response:
    """Undo an import."""
    async with request.db.transaction() as conn:
        imported = await actions.start_undo(conn, request.id, by=request.actor)
    return await _go_on(request, imported)


async def _map(connection: Connection, imported: Import, form: NewImport) -> None:
    mapping = imported.mapping
    if form.mapping is not None:
        if unknown := [name for name in form.mapping if name not in imported.header]:
            columns = ", ".join(imported.header)
            raise ValidationError(
                [FieldError("mapping", f"There is no column “{unknown[0][:60]}”. There are: {columns}.")]
            )
        mapping = [form.mapping.get(name, "") for name in imported.header]
    options = {
        "mapping": mapping, "rule": form.rule, "date_order": form.date_order, "tag": form.tag, "notify": form.notify,
        "auto_run": form.run,
    }  # fmt: skip
    try:
        await actions.map_columns(connection, imported, options, form.values)
    except ValidationError as error:
        raise ValidationError([FieldError("mapping", each.message) for each in error.errors]) from error


async def _go_on(request: Request, imported: Import, status: int = 200) -> Response:
    if imported.total <= AT_ONCE:
        await run(request.app_context, {"id": imported.id})
    return await _show(request, imported.id, status)


async def _show(request: Request, import_id: int, status: int = 200) -> Response:
    async with request.db.connection() as conn:
        imported = await actions.get(conn, import_id)
    headers = {"location": f"/api/v1/imports/{import_id}"} if status == 201 else None
    return responses.json(imported, status, headers)
