"""Companies for programs."""

from __future__ import annotations

from starlette.responses import Response

from crm.companies import actions, deletion
from crm.companies.forms import ChangeCompany, CompanyFilter, NewCompany
from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.request import Request

PATH = "/api/v1/companies"


async def list_all(request: Request) -> Response:
    """A page of companies, filtered and sorted."""
    ask = forms.parse_query(request, CompanyFilter, strict=True)
    async with request.db.connection() as conn:
        page = await actions.list_companies(conn, ask)
    return responses.json(page)


async def create(request: Request) -> Response:
    """Make a company; with an Idempotency-Key, once."""
    form = await forms.read(request, NewCompany)
    async with request.db.transaction() as conn:
        made = await run_once(request, conn, lambda: actions.create(conn, form, by=request.actor), actions.get)
    return responses.record(made, made.version, 201, f"{PATH}/{made.id}")


async def show(request: Request) -> Response:
    """One company."""
    async with request.db.connection() as conn:
        company = await actions.get(conn, request.id)
    return responses.record(company, company.version)


async def change(request: Request) -> Response:
    """Change some fields of a company."""
    version = request.expected_version()
    form = await forms.read(request, ChangeCompany)
    async with request.db.transaction() as conn:
        company = await actions.lock(conn, request.id, version)
        changed = await actions.change(conn, company, form, by=request.actor)
    return responses.record(changed, changed.version)


async def remove(request: Request) -> Response:
    """Delete a company."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        company = await actions.lock(conn, request.id, version)
        await deletion.remove(conn, company, by=request.actor)
    return responses.nothing()
