"""Files of received messages, for download."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from crm.inbound.mailbox.attachments import read_attachment
from crm.kernel.errors import NotFoundError
from crm.kernel.http.request import Request
from crm.records import emails, files


async def download_attachment(request: Request) -> Response:
    """Return one file of a message. No browser opens it in our name, whatever it is."""
    async with request.db.connection() as conn:
        raw = await emails.read_raw(conn, request.id)
        waiting = [] if raw else await emails.list_files(conn, request.id)
    if 0 < request.number("position") <= len(waiting):
        file = waiting[request.number("position") - 1]
        return await files.stream(request, file.name, file.size, file.content_id)
    found = await asyncio.to_thread(read_attachment, raw, request.number("position")) if raw else None
    if found is None:
        raise NotFoundError("There is no such file.")
    name, content = found
    return Response(content, media_type="application/octet-stream", headers=files.download_headers(name))
