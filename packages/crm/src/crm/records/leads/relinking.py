"""Moves leads to another contact or company: one lead from its page, or all leads of a contact or company."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.errors import PreconditionFailedError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import ANY_VERSION, Request
from crm.records import companies, contacts
from crm.records.common import render_cannot_delete, render_conflict
from crm.records.leads import actions, queries
from crm.records.leads.forms import ChangeLead
from crm.records.leads.models import Lead

Noun = Literal["contact", "company"]
LABELS = {"contact": "Contact", "company": "Company"}
_URLS = {"contact": "/contacts", "company": "/companies"}
Name = Annotated[str, msgspec.Meta(max_length=254)]


class Links(msgspec.Struct, frozen=True):
    """The contact and the company of a lead, by e-mail address, domain or name. Empty: none."""

    contact: Name = ""
    company: Name = ""
    version: int = ANY_VERSION


class MoveAll(msgspec.Struct, frozen=True):
    """Where all leads of a record go, by e-mail address, domain or name."""

    to: Annotated[Name, msgspec.Meta(min_length=1)]


async def edit_links(request: Request) -> Response:
    """The form with the contact and the company of a lead."""
    async with request.db.connection() as conn:
        lead = await actions.get(conn, request.id)
        values = await _read_links(conn, lead)
    return _form(request, lead, Draft(values))


async def change_links(request: Request) -> Response:
    """Move the lead to another contact or company."""
    draft = await forms.draft(request, Links)
    try:
        async with request.db.transaction() as conn:
            lead = await actions.lock(conn, request.id, draft.form.version if draft.form else ANY_VERSION)
            if draft.form is not None:
                contact_id = await _find(conn, draft, "contact", draft.form.contact)
                company_id = await _find(conn, draft, "company", draft.form.company)
                if not draft.errors:
                    links = ChangeLead(contact_id=contact_id, company_id=company_id)
                    await actions.change(conn, lead, links, by=request.actor)
    except PreconditionFailedError:
        return await _conflict(request, draft)
    if draft.errors:
        return _form(request, lead, draft)
    return views.redirect_with_toast(f"/leads/{lead.id}", "Saved.")


async def move_leads_of_contact(request: Request) -> Response:
    """Move all leads of a contact to another contact."""
    return await _move_all(request, "contact")


async def move_leads_of_company(request: Request) -> Response:
    """Move all leads and contacts of a company to another company."""
    return await _move_all(request, "company")


async def _move_all(request: Request, noun: Noun) -> Response:
    column: Literal["contact_id", "company_id"] = "contact_id" if noun == "contact" else "company_id"
    draft = await forms.draft(request, MoveAll)
    async with request.db.transaction() as conn:
        source = await (contacts.lock(conn, request.id) if noun == "contact" else companies.lock(conn, request.id))
        target_id = await _find_target(conn, draft, noun, source.id)
        if target_id is None:
            detail = f"Nothing was moved yet. Say which {noun} takes what belongs to this one."
            return render_cannot_delete(
                request, draft, source, noun=noun, url=_URLS[noun], detail=detail, status=422
            )  # fmt: skip
        moved = await queries.list_ids_of(conn, column, source.id)
        for lead_id in moved:
            lead = await actions.lock(conn, lead_id)
            await actions.change(conn, lead, ChangeLead(**{column: target_id}), by=request.actor)
        if noun == "company":
            for contact_id in await contacts.list_ids_of_company(conn, source.id):
                contact = await contacts.lock(conn, contact_id)
                await contacts.change(conn, contact, contacts.ChangeContact(company_id=target_id), by=request.actor)
        target = await (contacts.get(conn, target_id) if noun == "contact" else companies.get(conn, target_id))
    what = views.plural(len(moved), "lead") + (" and their contacts" if noun == "company" else "")
    return views.redirect_with_toast(f"{_URLS[noun]}/{source.id}", f"{what} moved to {target.name}.")


async def _find_target(conn: Connection, draft: Draft[MoveAll], noun: Noun, source_id: int) -> int | None:
    """The id of the record that everything goes to; an error goes into the draft."""
    target_id = await _find(conn, draft, noun, draft.form.to, field="to") if draft.form else None
    if target_id == source_id:
        draft.add_error("to", f"Choose another {noun} than this one.")
        return None
    return target_id


async def _find(conn: Connection, draft: Draft[Any], noun: Noun, text: str, *, field: str = "") -> int | None:
    """The id of the contact or company with this name; an error goes into the draft, at `field` or else at the noun."""
    if not text:
        return None
    try:
        found = await (contacts.choose(conn, text) if noun == "contact" else companies.choose(conn, text))
    except ValidationError as error:
        draft.add_error(field or noun, error.errors[0].message)
        return None
    return found.id


async def _read_links(conn: Connection, lead: Lead) -> dict[str, str]:
    """The contact and the company of a lead as the form names them."""
    contact = await contacts.get(conn, lead.contact_id) if lead.contact_id else None
    company = await companies.get(conn, lead.company_id) if lead.company_id else None
    return {
        "contact": (contact.email or contact.name) if contact else "",
        "company": (company.domain or company.name) if company else "",
    }


async def _conflict(request: Request, draft: Draft[Links]) -> Response:
    async with request.db.connection() as conn:
        lead = await actions.get(conn, request.id)
        current = await _read_links(conn, lead)
    url = f"/leads/{lead.id}"
    return render_conflict(
        request, what="the contact and company", action=f"{url}/links", back=url, version=lead.version,
        yours=draft.values, current=current, labels=LABELS,
    )  # fmt: skip


def _form(request: Request, lead: Lead, draft: Draft[Links]) -> Response:
    return views.page(request, "leads/links.html", draft=draft, lead=lead, labels=LABELS)
