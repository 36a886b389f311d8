"""Companies for programs."""

from __future__ import annotations

from crm.companies import actions, removal
from crm.companies.forms import ChangeCompany, CompanyAsk, NewCompany
from crm.kernel.http import answers, forms
from crm.kernel.http.answers import Answer
from crm.kernel.http.once import once
from crm.kernel.http.request import Request

PATH = "/api/v1/companies"


async def list_all(request: Request) -> Answer:
    """A page of companies, filtered and sorted."""
    ask = forms.asked(request, CompanyAsk, strict=True)
    async with request.db.connection() as conn:
        page = await actions.listed(conn, ask)
    return answers.json(page)


async def create(request: Request) -> Answer:
    """Make a company; with an Idempotency-Key, once."""
    form = await forms.read(request, NewCompany)
    async with request.db.transaction() as conn:
        made = await once(request, conn, lambda: actions.create(conn, form, by=request.actor), actions.get)
    return answers.record(made, made.version, 201, f"{PATH}/{made.id}")


async def show(request: Request) -> Answer:
    """One company."""
    async with request.db.connection() as conn:
        company = await actions.get(conn, request.id)
    return answers.record(company, company.version)


async def change(request: Request) -> Answer:
    """Change some fields of a company."""
    version = request.expected_version()
    form = await forms.read(request, ChangeCompany)
    async with request.db.transaction() as conn:
        company = await actions.hold(conn, request.id, version)
        changed = await actions.change(conn, company, form, by=request.actor)
    return answers.record(changed, changed.version)


async def remove(request: Request) -> Answer:
    """Delete a company."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        company = await actions.hold(conn, request.id, version)
        await removal.remove(conn, company, by=request.actor)
    return answers.nothing()
