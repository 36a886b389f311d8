"""How the service is, for the programs that watch it and the ones that make its backups."""

from __future__ import annotations

from starlette.responses import Response

from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request
from crm.operations import actions
from crm.operations.forms import NewBackup, NewRestore


async def show(request: Request) -> Response:
    """Version, memory, storage, recurring jobs, queue, last backup and last proven restore."""
    async with request.db.connection() as conn:
        return responses.json(await actions.condition(conn, request.app_context), headers={"cache-control": "no-store"})


async def tell_backup(request: Request) -> Response:
    """A backup was made. Telling it again changes nothing."""
    form = await forms.read(request, NewBackup)
    async with request.db.transaction() as conn:
        return responses.json(await actions.take_backup(conn, form), 201)


async def tell_restore(request: Request) -> Response:
    """A backup was restored, well or not. Telling it again changes nothing."""
    form = await forms.read(request, NewRestore)
    async with request.db.transaction() as conn:
        return responses.json(await actions.take_restore(conn, form), 201)
