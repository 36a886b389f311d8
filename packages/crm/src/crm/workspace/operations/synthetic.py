"""Shows and deletes test enquiries. It reads the tables of several modules."""

from __future__ import annotations

from datetime import datetime

import msgspec
from starlette.responses import Response

from crm.inbound import intake
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError
from crm.kernel.http import responses
from crm.kernel.http.request import Request
from crm.records import leads


class Trace(msgspec.Struct, frozen=True):
    """How far a synthetic enquiry has come: stored, made a lead, notified."""

    reference: str
    received_at: datetime
    lead_id: int | None
    notified_at: datetime | None


async def trace(request: Request) -> Response:
    """Return how far a synthetic enquiry has come."""
    async with request.db.connection() as conn:
        result = await _read(conn, request.path_params["reference"])
    return responses.json(result, headers={"cache-control": "no-store"})


async def delete(request: Request) -> Response:
    """Delete a synthetic enquiry and everything created from it, without an event."""
    reference = request.path_params["reference"]
    async with request.db.transaction() as conn:
        # A worker that is making the lead finishes first; then the lead is there to be removed.
        waiting = await intake.delete_synthetic(conn, reference)
        if not waiting and not await leads.forget_synthetic(conn, reference):
            raise NotFoundError(_NOT_FOUND)
    return responses.nothing()


_NOT_FOUND = "There is no synthetic enquiry with this reference. They are deleted after an hour."


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
        raise NotFoundError(_NOT_FOUND)
    return Trace(*row)
