"""The API endpoints of operations, for monitoring and for the backup commands."""

from __future__ import annotations

from starlette.responses import Response

from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request
from crm.workspace.operations import actions
from crm.workspace.operations.forms import NewBackup, NewRestoreTest


async def show(request: Request) -> Response:
    """Return version, memory, storage, scheduled jobs, queue, last backup and last restore."""
    async with request.db.connection() as conn:
        return responses.json(
            await actions.read_status(conn, request.app_context), headers={"cache-control": "no-store"}
        )


async def report_backup(request: Request) -> Response:
    """Store the report of a backup. Reporting is idempotent."""
    form = await forms.read(request, NewBackup)
    async with request.db.transaction() as conn:
        return responses.json(await actions.store_backup(conn, form), 201)


async def report_restore_test(request: Request) -> Response:
    """Store the report of a restore test, passed or failed. Reporting is idempotent."""
    form = await forms.read(request, NewRestoreTest)
    async with request.db.transaction() as conn:
        return responses.json(await actions.store_restore_test(conn, form), 201)
