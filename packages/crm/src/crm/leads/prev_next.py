"""From one lead to the next, in the list one came from: its address carries that list's filters, search and order."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from crm.kernel.db import Connection
from crm.kernel.errors import ValidationError
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from crm.leads import actions
from crm.leads.forms import LeadFilter
from crm.leads.models import Lead
from crm.leads.queries import LISTING

_KEPT = {*LeadFilter.__struct_fields__} - {"limit", "cursor"}


class Walk(msgspec.Struct, frozen=True):
    """The numbers of the leads above and below; `query` is the list as the end of an address, empty for all leads."""

    query: str
    above: int | None
    below: int | None


def query_of(request: Request) -> str:
    """The list a request is about, as the end of an address."""
    kept = urlencode([(name, value) for name, value in request.asked if value and name in _KEPT])
    return f"?{kept}" if kept else ""


async def walk(connection: Connection, request: Request, lead: Lead) -> Walk:
    """Where `lead` stands in the list the request names; in that of all leads where it names none."""
    try:
        ask = forms.parse_query(request, LeadFilter)
        found = LISTING.sorts[(ask.sort or LISTING.default).removeprefix("-")]
    except (ValidationError, KeyError):
        ask, found = LeadFilter(), LISTING.sorts["created_at"]
    down = (ask.sort or LISTING.default).startswith("-")
    above = await _nearest(connection, lead, ask, found.column, down=not down)
    below = await _nearest(connection, lead, ask, found.column, down=down)
    return Walk(query_of(request), above, below)


async def _nearest(connection: Connection, lead: Lead, ask: LeadFilter, column: str, *, down: bool) -> int | None:
    where = await actions.apply_filters(connection, ask)
    mark = where.mark(lead.id)
    beyond, order = ("<", "DESC") if down else (">", "ASC")
    where.conditions.append(f"({column}, id) {beyond} ((SELECT {column} FROM leads WHERE id = {mark}), {mark})")  # noqa: S608
    number: int | None = await connection.fetchval(
        f"SELECT id FROM leads WHERE {where} ORDER BY {column} {order}, id {order} LIMIT 1",  # noqa: S608 a known column
        *where.values,
    )
    return number
