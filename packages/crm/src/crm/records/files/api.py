"""Files in the API. The content of a new one is the body of its request."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.responses import Response

from crm.kernel.errors import UnsupportedMediaTypeError
from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.request import Request
from crm.records.base import PLACES, Record
from crm.records.files import actions, storage
from crm.records.files.forms import ChangeFile, FileFilter, NewFile
from crm.records.files.models import File, Stored
from crm.records.files.queries import TABLE
from crm.records.files.types import UNKNOWN

RECORD = Record(
    noun="file", plural="files", table=TABLE, filter=FileFilter, new=NewFile, changes=ChangeFile,
    apply_filters=actions.apply_filters,
    create=actions.create, change=actions.change, delete=actions.delete,
)  # fmt: skip
_CACHE = "stored"


async def create(request: Request) -> Response:
    """Add the body as a file to a record; with an Idempotency-Key, once."""
    if forms.content_type(request) != UNKNOWN:
        raise UnsupportedMediaTypeError(f"Send the content of the file itself, as {UNKNOWN}.")
    form = forms.parse_query(request, NewFile, strict=True)
    place = {column: value for column in PLACES if (value := getattr(form, column)) is not None}
    stored = await _store(request, form.name)

    async def add() -> File:
        return (await actions.create(conn, [stored], place, by=request.actor))[0]

    async with request.db.transaction() as conn:
        file = await run_once(request, conn, add, TABLE.get, f"{form}{stored.digest}".encode())
    return responses.record(file, file.version, 201, f"/api/v1/files/{file.id}")


async def _store(request: Request, name: str) -> Stored:
    """The stored body. The handler is called again after a deadlock, when the body has been read."""
    if _CACHE not in request.scope:
        limit = request.app_context.config.file_limit_mb * storage.MB
        request.scope[_CACHE] = await storage.store(request.db, name, limit, _read_body(request))
    stored: Stored = request.scope[_CACHE]
    return stored


async def _read_body(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        yield chunk
