"""What became of a test enquiry, told to whoever sent it, and its removal. It reads across rooms."""

from __future__ import annotations

from datetime import datetime

import msgspec
from starlette.responses import Response

from crm import intake, leads
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError
from crm.kernel.http import responses
from crm.kernel.http.request import Request


class Trace(msgspec.Struct, frozen=True):
    """How far a synthetic enquiry came: stored, made into a lead, told of."""

    reference: str
    received_at: datetime
    lead_id: int | None
    notified_at: datetime | None


async def trace(request: Request) -> Response:
    """How far this synthetic enquiry has come."""
    async with request.db.connection() as conn:
        found = await _read(conn, request.path_params["reference"])
    return responses.json(found, headers={"cache-control": "no-store"})


async def forget(request: Request) -> Response:
    """Remove a synthetic enquiry with all that was made for it. Nobody is told."""
    reference = request.path_params["reference"]
    async with request.db.transaction() as conn:
        # A worker that is making the lead finishes first; then the lead is there to be removed.
        waiting = await intake.delete_synthetic(conn, reference)
        if not waiting and not await leads.forget_synthetic(conn, reference):
            raise NotFoundError(_NONE)
    return responses.nothing()


_NONE = "There is no synthetic enquiry with this reference. They are removed after an hour."


async def _read(connection: Connection, reference: str) -> Trace:
    row = await connection.fetchrow(
        """
        SELECT submissions.reference, submissions.received_at, submissions.lead_id, synthetic_notices.at
        FROM submissions
        LEFT JOIN synthetic_notices USING (lead_id)
        WHERE submissions.reference = $1 AND submissions.synthetic
        """,
        reference,
    )
    if row is None:
        raise NotFoundError(_NONE)
    return Trace(*row)
