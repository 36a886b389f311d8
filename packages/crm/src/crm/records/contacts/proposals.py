"""What an enquiry says of a known contact. Anybody can write in somebody's name, so a person decides what is kept."""

from __future__ import annotations

from typing import Literal

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from crm.records.contacts import actions
from crm.records.contacts.forms import ChangeContact
from crm.records.contacts.models import Contact
from crm.records.related import list_enquired_values

Name = Literal["phone", "company_id"]


class Proposal(msgspec.Struct, frozen=True):
    """A value that an enquiry came with and the contact does not have. `text` is how it is shown."""

    field: Name
    text: str
    value: str | int
    lead_id: int


class KeepForm(msgspec.Struct, frozen=True):
    """Which value of which lead to keep."""

    field: Name
    lead_id: int


async def list_proposals(connection: Connection, contact: Contact, *, lead_id: int | None = None) -> list[Proposal]:
    """What the contact could take from this lead or, without one, from its newest leads for the fields it lacks."""
    proposals: dict[str, Proposal] = {}
    for lead, phone, company_id, company in await list_enquired_values(connection, contact.id, lead_id):
        found: list[Proposal] = []
        if phone and phone != contact.phone and (lead_id or not contact.phone):
            found.append(Proposal("phone", phone, phone, lead))
        if company_id and company_id != contact.company_id and (lead_id or not contact.company_id):
            found.append(Proposal("company_id", company, company_id, lead))
        for each in found:
            proposals.setdefault(each.field, each)
    return [*proposals.values()]


async def keep(request: Request) -> Response:
    """Give the contact the value that an enquiry came with."""
    draft = await forms.draft(request, KeepForm)
    if draft.form is None:
        raise ValidationError(draft.field_errors())
    async with request.db.transaction() as conn:
        contact = await actions.lock(conn, request.id)
        proposals = await list_proposals(conn, contact, lead_id=draft.form.lead_id)
        proposal = next((each for each in proposals if each.field == draft.form.field), None)
        if proposal is None:
            raise NotFoundError("This enquiry has nothing new for the contact any more.")
        form = ChangeContact(**{proposal.field: proposal.value})
        await actions.change(conn, contact, form, by=request.actor)
    return views.redirect_with_toast(f"/contacts/{contact.id}", f"Kept {proposal.text}.")
