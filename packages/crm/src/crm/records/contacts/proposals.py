"""What an enquiry says of a known contact. Anybody can write in somebody's name, so a person decides what is kept."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from crm.records.contacts import actions
from crm.records.contacts.forms import ChangeContact
from crm.records.contacts.models import Contact, ContactWithIgnored
from crm.records.contacts.queries import WITH_IGNORED
from crm.records.related import list_enquired_values

Name = Literal["phone", "company_id"]


class Proposal(msgspec.Struct, frozen=True):
    """A value that an enquiry came with and the contact does not have. `text` is how it is shown."""

    field: Name
    text: str
    value: str | int
    lead_id: int

    @property
    def key(self) -> str:
        """The field and the value, as the contact remembers that it ignores them."""
        return f"{self.field} {self.value}"


class ProposalForm(msgspec.Struct, frozen=True):
    """Which value of which lead to keep or to ignore."""

    field: Name
    lead_id: int


async def list_proposals(connection: Connection, contact: Contact, *, lead_id: int | None = None) -> list[Proposal]:
    """What the contact could take from this lead or, without one, from its newest leads for the fields it lacks."""
    proposals: dict[str, Proposal] = {}
    ignored = (await WITH_IGNORED.get(connection, contact.id)).ignored
    for lead, phone, company_id, company in await list_enquired_values(connection, contact.id, lead_id):
        found: list[Proposal] = []
        if phone and phone != contact.phone and (lead_id or not contact.phone):
            found.append(Proposal("phone", phone, phone, lead))
        if company_id and company_id != contact.company_id and (lead_id or not contact.company_id):
            found.append(Proposal("company_id", company, company_id, lead))
        for each in found:
            if each.key not in ignored:
                proposals.setdefault(each.field, each)
    return [*proposals.values()]


async def keep(request: Request) -> Response:
    """Give the contact the value that an enquiry came with."""
    form = (await forms.draft(request, ProposalForm)).require_form()
    async with request.db.transaction() as conn:
        contact = await actions.lock(conn, request.id)
        proposal = await _find(conn, contact, form)
        change = ChangeContact(**{proposal.field: proposal.value})
        await actions.change(conn, contact, change, by=request.actor)
    return views.redirect_with_toast(f"/contacts/{contact.id}", f"Kept {proposal.text}.")


async def ignore(request: Request) -> Response:
    """Remember that the contact does not take this value. It is not proposed again, whichever enquiry has it."""
    form = (await forms.draft(request, ProposalForm)).require_form()
    async with request.db.transaction() as conn:
        contact = await WITH_IGNORED.lock(conn, request.id)
        proposal = await _find(conn, contact, form)
        await WITH_IGNORED.update(conn, contact, {"ignored": [*contact.ignored, proposal.key]})
    return views.redirect_with_toast(f"/contacts/{contact.id}", f"Ignored {proposal.text}.")


async def change_ignored(connection: Connection, contact: ContactWithIgnored, form: Any, *, by: Actor) -> Contact:
    """Change a contact as `actions.change` does, and what it ignores: undo uses it."""
    if form.ignored is not UNSET:
        contact = await WITH_IGNORED.update(connection, contact, {"ignored": form.ignored})
    values = {name: getattr(form, name) for name in ChangeContact.__struct_fields__}
    return await actions.change(connection, contact, ChangeContact(**values), by=by)


async def _find(connection: Connection, contact: Contact, form: ProposalForm) -> Proposal:
    proposals = await list_proposals(connection, contact, lead_id=form.lead_id)
    proposal = next((each for each in proposals if each.field == form.field), None)
    if proposal is None:
        raise NotFoundError("This enquiry has nothing new for the contact any more.")
    return proposal
