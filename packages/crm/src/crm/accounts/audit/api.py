"""The API endpoint of the audit log."""

from __future__ import annotations

from starlette.responses import Response

from crm.accounts.audit import actions
from crm.accounts.audit.forms import AuditFilter
from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request


async def list_all(request: Request) -> Response:
    """Audit entries, newest first."""
    filters = forms.parse_query(request, AuditFilter, strict=True)
    async with request.db.connection() as conn:
        return responses.json(await actions.list_entries(conn, filters))
