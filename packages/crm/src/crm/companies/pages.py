"""Companies on pages: the list, and adding one."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from crm.companies import actions, edits
from crm.companies.forms import CompanyFilter, NewCompany
from crm.kernel import views
from crm.kernel.errors import ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import Request


async def list_all(request: Request) -> Response:
    """Companies with search, sort and paging; for htmx only the rows."""
    ask = forms.parse_query(request, CompanyFilter)
    async with request.db.connection() as conn:
        page = await actions.list_companies(conn, ask)
    return views.page(
        request, "companies/list.html", block="rows", headers=views.clean_url(request), page=page, ask=ask
    )


async def new(request: Request) -> Response:
    """The form for a company."""
    return _form(request, Draft({}, {}, None))


async def create(request: Request) -> Response:
    """Add a company."""
    draft = await forms.draft(request, NewCompany)
    if draft.form is not None:
        try:
            async with request.db.transaction() as conn:
                company = await actions.create(conn, draft.form, by=request.actor)
            return views.redirect_with_toast(f"/companies/{company.id}", "Added.")
        except ValidationError as trouble:
            for fault in trouble.faults:
                draft.blame(fault.field, fault.message)
    return _form(request, draft, status=422)


def _form(request: Request, draft: Draft[Any], status: int = 200) -> Response:
    return views.page(
        request, "companies/edit.html", status=status, company=None, values=draft.values, faults=draft.faults,
        labels=edits.LABELS,
    )  # fmt: skip
