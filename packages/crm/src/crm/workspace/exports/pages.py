"""The download of all records, as a ZIP of CSV files (RFC 4180)."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import zipfile
from datetime import date
from typing import IO, Any

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from crm.accounts.audit import AuditAction, record_audit
from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.http.request import KB, Request
from crm.values import make_safe_cell
from crm.workspace.exports.queries import FILES

BATCH = 500
"""Rows that are read and written at a time, so that other requests are answered in between."""
IN_MEMORY = 4 * KB * KB
"""A larger archive is written to disk before it is sent, because a slow client must not hold a transaction open."""

_NUMBER = re.compile(r"\+?[\d ()./-]+")
"""Phone numbers, which stay as they are."""


async def download(request: Request) -> Response:
    """All records as they are at one moment. Recorded in the audit log."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 closed once it is sent
    rows = {}
    async with request.db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, query in FILES.items():
                with archive.open(name, "w") as entry:
                    rows[name.removesuffix(".csv")] = await _write(conn, query, entry)
    async with request.db.transaction() as conn:
        await record_audit(conn, AuditAction.DATA_EXPORTED, by=request.actor, after=rows)
    size = file.tell()
    file.seek(0)
    name = f"crm-{clock.now():%Y-%m-%d}.zip"
    return StreamingResponse(
        iter(lambda: file.read(64 * KB), b""),
        media_type="application/zip",
        headers={"content-disposition": f'attachment; filename="{name}"', "content-length": str(size)},
        background=BackgroundTask(file.close),
    )


async def _write(conn: Connection, query: str, entry: IO[bytes]) -> int:
    """Write the rows of a query, and return how many there are."""
    statement = await conn.prepare(query)
    text = io.TextIOWrapper(entry, "utf-8", newline="", write_through=True)
    writer, number = csv.writer(text), 0
    writer.writerow(attribute.name for attribute in statement.get_attributes())
    cursor = await statement.cursor()
    while rows := await cursor.fetch(BATCH):
        writer.writerows(map(_to_cell, row) for row in rows)
        number += len(rows)
    text.detach()
    return number


def _to_cell(value: Any) -> Any:
    """JSON stays JSON, times are ISO 8601, and no text but a number is a formula of a spreadsheet."""
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) and _NUMBER.fullmatch(value) else make_safe_cell(value)
