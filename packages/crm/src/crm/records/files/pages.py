"""Files on pages: adding, downloading and deleting them, and what the page of a record shows."""

from __future__ import annotations

from typing import cast
from urllib.parse import quote

import msgspec
from starlette.responses import Response, StreamingResponse

from crm.accounts import auth
from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from crm.records.base import PlaceColumn
from crm.records.common import RecordPages, render_detail
from crm.records.files import actions, queries, storage, types
from crm.records.files.forms import ChangeFile
from crm.records.files.models import File
from crm.records.files.queries import TABLE
from crm.records.files.uploads import MAX_FILES, read_upload

MAX_SHOWN = 100
NOTHING_CHOSEN = "Choose a file first."


class Panel(msgspec.Struct, frozen=True):
    """The files of one record, as far as its page shows them."""

    files: list[File]
    limit_mb: int
    most: int = MAX_FILES
    max_shown: int = MAX_SHOWN


async def read_panel(connection: Connection, request: Request, column: PlaceColumn, record_id: int) -> Panel:
    """The newest files of a lead, a contact or a company."""
    files = await queries.list_of(connection, column, record_id, MAX_SHOWN)
    return Panel(files, request.app_context.config.file_limit_mb)


async def add(pages: RecordPages, request: Request) -> Response:
    """Add the files of the form to the record. The page names each that was not accepted; the others are added."""
    async with request.db.connection() as conn:
        await pages.record.table.get(conn, request.id)
    upload = await read_upload(request)
    url = f"{pages.url}/{request.id}"

    async def store() -> str:
        place = cast("dict[PlaceColumn, int]", {f"{pages.record.noun}_id": request.id})
        await actions.create(conn, upload.files, place, by=request.actor)
        return f"{url}#files"

    async with request.db.transaction() as conn:
        location = await auth.post_once(request, conn, store, upload.fingerprint)
    errors = upload.errors or ([] if upload.files else [NOTHING_CHOSEN])
    if errors:
        return await render_detail(pages, request, upload.status, file_errors=errors)
    return views.redirect_with_toast(location, f"Added {views.plural(len(upload.files), 'file')}.")


async def rename(request: Request) -> Response:
    """Give a file another name."""
    form = (await forms.draft(request, ChangeFile)).require_form()
    async with request.db.transaction() as conn:
        file = await TABLE.lock(conn, request.id)
        await actions.change(conn, file, form, by=request.actor)
    return views.redirect_with_toast(f"{file.place_url}#files", "Renamed.")


async def delete(request: Request) -> Response:
    """Delete a file. The toast that follows offers to undo it."""
    async with request.db.transaction() as conn:
        file = await TABLE.lock(conn, request.id)
        await actions.delete(conn, file, by=request.actor)
    return views.redirect_with_toast(f"{file.place_url}#files", f"Deleted {file.name}.")


async def download(request: Request) -> Response:
    """Return the content of a file. No browser opens it in our name, whatever it is."""
    async with request.db.connection() as conn:
        file = await TABLE.get(conn, request.id)
        content_id = await queries.find_content(conn, file.id)
    return await stream(request, file.name, file.size, content_id or 0)


async def stream(request: Request, name: str, size: int, content_id: int) -> Response:
    """The content part by part, as a file that is saved under this name."""
    return StreamingResponse(
        await storage.open_content(request.app_context, content_id), media_type=types.UNKNOWN,
        headers={**download_headers(name), "content-length": str(size)},
    )  # fmt: skip


def download_headers(name: str) -> dict[str, str]:
    """The headers with which a browser saves a response under this name and runs nothing of it."""
    return {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": "sandbox; default-src 'none'",
    }
