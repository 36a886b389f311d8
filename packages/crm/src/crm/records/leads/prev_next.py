"""The leads above and below a lead, in the list it was opened from. Its URL carries that list's query."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from crm.kernel.db import Connection
from crm.kernel.errors import ValidationError
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from crm.records.leads import actions
from crm.records.leads.forms import LeadFilter
from crm.records.leads.models import Lead
from crm.records.leads.queries import TABLE

_NAMES = {*LeadFilter.__struct_fields__} - {"limit", "cursor"}


class Neighbors(msgspec.Struct, frozen=True):
    """The ids of the leads above and below."""

    above: int | None
    below: int | None


def query_of(request: Request) -> str:
    """The query of the list, as the end of a URL; empty for all leads."""
    query = urlencode([(name, value) for name, value in request.asked if value and name in _NAMES])
    return f"?{query}" if query else ""


async def find_neighbors(connection: Connection, request: Request, lead: Lead) -> Neighbors:
    """The neighbors in the list that the request names, or else in the list of all leads."""
    try:
        query = forms.parse_query(request, LeadFilter)
        sort = TABLE.sorts[(query.sort or TABLE.default).removeprefix("-")]
    except (ValidationError, KeyError):
        query, sort = LeadFilter(), TABLE.sorts["created_at"]
    descending = (query.sort or TABLE.default).startswith("-")
    above = await _find_nearest(connection, lead, query, sort.column, descending=not descending)
    below = await _find_nearest(connection, lead, query, sort.column, descending=descending)
    return Neighbors(above, below)


async def _find_nearest(
    connection: Connection, lead: Lead, query: LeadFilter, column: str, *, descending: bool
) -> int | None:
    where = await actions.apply_filters(connection, query)
    mark = where.mark(lead.id)
    beyond, order = ("<", "DESC") if descending else (">", "ASC")
    where.conditions.append(f"({column}, id) {beyond} ((SELECT {column} FROM leads WHERE id = {mark}), {mark})")  # noqa: S608
    lead_id: int | None = await connection.fetchval(
        f"SELECT id FROM leads WHERE {where} ORDER BY {column} {order}, id {order} LIMIT 1",  # noqa: S608 a known column
        *where.values,
    )
    return lead_id
