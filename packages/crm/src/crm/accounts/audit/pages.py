"""The page of the audit log."""

from __future__ import annotations

from starlette.responses import Response

from crm.accounts.audit import actions, queries
from crm.accounts.audit.forms import AuditFilter, AuditPageQuery
from crm.accounts.audit.models import LABELS
from crm.kernel import views
from crm.kernel.errors import ValidationError
from crm.kernel.http import forms
from crm.kernel.http.request import Request


async def show(request: Request) -> Response:
    """The entries that match the filters. A wrong filter is named, and all entries are shown."""
    values, errors = dict(request.asked), {}
    filters = AuditFilter(limit=50)
    try:
        query = forms.parse_query(request, AuditPageQuery)
        filters = query.to_filter(views.layout_context(request).time_zone)
    except ValidationError as error:
        errors = {field_error.field: field_error.message for field_error in error.errors}
    except OverflowError:
        errors = {"until": "Enter a date such as 2026-11-22."}
    async with request.db.connection() as conn:
        page = await actions.list_entries(conn, filters)
        actors = await queries.list_actors(conn)
    active = _describe_filters(values)
    return views.page(
        request, "audit/list.html", status=422 if errors else 200, page=page, actors=actors, labels=LABELS,
        values=values, errors=errors, active=active, filtered=bool(active),
    )  # fmt: skip


def _describe_filters(values: dict[str, str]) -> list[tuple[str, str]]:
    """The name and the words of each filter that is set."""
    words = {"action": "", "actor": "Who: ", "client_ip": "IP address: ", "since": "From ", "until": "To "}
    return [
        (name, prefix + (LABELS.get(values[name], values[name]) if name == "action" else values[name]))
        for name, prefix in words.items()
        if values.get(name)
    ]
