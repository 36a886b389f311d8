"""Leads in the API."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request
from crm.records.base import Record
from crm.records.leads import actions, deletion, moves, places
from crm.records.leads.create import create
from crm.records.leads.filters import LeadFilter
from crm.records.leads.forms import ChangeLead, NewLead, PlaceLead
from crm.records.leads.queries import TABLE
from crm.records.stages import CLOSED

RECORD = Record(
    noun="lead", plural="leads", table=TABLE, filter=LeadFilter, new=NewLead, changes=ChangeLead,
    apply_filters=actions.apply_filters,
    create=create, change=actions.change, delete=deletion.delete, restore=deletion.restore,
)  # fmt: skip
UNDOABLE = msgspec.structs.replace(
    RECORD, table=places.TABLE, changes=places.ChangePlacedLead, change=moves.change_placed
)
"""The record with its place on the board."""


async def place(request: Request) -> Response:
    """Move a lead to a stage, and to a place in it."""
    version = request.expected_version()
    form = await forms.read(request, PlaceLead)
    if form.status in CLOSED:
        message = "The board has the open stages. Change the status of the lead to win or lose it."
        raise ValidationError([FieldError("status", message)])
    async with request.db.transaction() as conn:
        lead = await actions.lock(conn, request.id, version)
        change = ChangeLead(status=form.status)
        moved = await moves.move_card(conn, lead, change, by=request.actor, after_id=form.after_id)
    return responses.record(moved, moved.version)
