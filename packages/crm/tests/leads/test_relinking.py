"""Leads move to another contact or company on the pages, so that a contact or company can be deleted."""

from __future__ import annotations

import httpx
import pytest

from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads


async def add(context: AppContext, name: str, email: str) -> leads.Lead:
    async with context.db.transaction() as conn:
        return await leads.create(conn, leads.NewLead(name=name, email=email), by=SYSTEM)


async def read(context: AppContext, lead: leads.Lead) -> leads.Lead:
    async with context.db.connection() as conn:
        return await leads.actions.get(conn, lead.id)


@pytest.mark.parametrize("contact", ["grace@navy.example", "GRACE HOPPER"])
@pytest.mark.parametrize("company", ["navy.example", "Navy.Example"])
async def test_a_lead_moves_to_another_contact_and_company(
    signed_in: httpx.AsyncClient, context: AppContext, contact: str, company: str
):
    lead = await add(context, "Ada", "ada@acme.example")
    other = await add(context, "Grace Hopper", "grace@navy.example")
    page = await signed_in.get(f"/leads/{lead.id}/links")
    assert 'value="ada@acme.example"' in page.text
    answer = await signed_in.post(f"/leads/{lead.id}/links", data={"contact": contact, "company": company})
    assert answer.headers["location"] == f"/leads/{lead.id}"
    moved = await read(context, lead)
    assert (moved.contact_id, moved.company_id) == (other.contact_id, other.company_id)
    page = await signed_in.get(f"/leads/{lead.id}")
    assert "changed the contact from Ada to Grace Hopper" in page.text
    assert f'href="/leads/{lead.id}/links"' in page.text


async def test_what_names_nobody_or_several_is_said_at_the_field(signed_in: httpx.AsyncClient, context: AppContext):
    lead = await add(context, "Ada", "ada@acme.example")
    for number in range(2):
        await add(context, "Grace Hopper", f"grace{number}@navy.example")
    answer = await signed_in.post(f"/leads/{lead.id}/links", data={"contact": "grace hopper", "company": "Nowhere"})
    assert answer.status_code == 422
    assert "Several contacts have this name. Write the e-mail address of the one you mean." in answer.text
    assert "There is no company with this domain or name. Add the company first." in answer.text
    assert 'value="grace hopper"' in answer.text
    assert (await read(context, lead)).contact_id == lead.contact_id


async def test_a_contact_whose_leads_were_moved_can_be_deleted(signed_in: httpx.AsyncClient, context: AppContext):
    lead = await add(context, "Ada", "ada@acme.example")
    other = await add(context, "Grace Hopper", "grace@navy.example")
    path = f"/contacts/{lead.contact_id}"
    refused = await signed_in.post(f"{path}/delete")
    assert refused.status_code == 409
    assert f'action="{path}/move-leads"' in refused.text
    assert (await signed_in.post(f"{path}/move-leads", data={"to": "grace@navy.example"})).headers["location"] == path
    assert (await read(context, lead)).contact_id == other.contact_id
    assert (await signed_in.post(f"{path}/delete")).headers["location"] == "/contacts"


async def test_a_company_whose_leads_were_moved_can_be_deleted(signed_in: httpx.AsyncClient, context: AppContext):
    lead = await add(context, "Ada", "ada@acme.example")
    other = await add(context, "Grace Hopper", "grace@navy.example")
    path = f"/companies/{lead.company_id}"
    assert f'action="{path}/move-leads"' in (await signed_in.post(f"{path}/delete")).text
    assert (await signed_in.post(f"{path}/move-leads", data={"to": "navy.example"})).headers["location"] == path
    moved = await read(context, lead)
    assert (moved.company_id, moved.contact_id) == (other.company_id, lead.contact_id)
    assert (await signed_in.post(f"{path}/delete")).headers["location"] == "/companies"


@pytest.mark.parametrize("to", ["", "nobody@nowhere.example", "ada@acme.example", "acme.example", "x" * 300])
@pytest.mark.parametrize("noun", ["contact", "company"])
async def test_a_move_to_nobody_or_to_itself_is_said_at_the_field_which_keeps_what_was_typed(
    signed_in: httpx.AsyncClient, context: AppContext, noun: str, to: str
):
    lead = await add(context, "Ada", "ada@acme.example")
    path = f"/contacts/{lead.contact_id}" if noun == "contact" else f"/companies/{lead.company_id}"
    answer = await signed_in.post(f"{path}/move-leads", data={"to": to})
    assert answer.status_code == 422
    assert f'action="{path}/move-leads"' in answer.text
    assert 'id="error-to"' in answer.text
    assert f'value="{to}"' in answer.text
    assert await read(context, lead) == lead


async def test_a_lead_that_was_changed_meanwhile_asks_which_contact_to_keep(
    signed_in: httpx.AsyncClient, context: AppContext
):
    lead = await add(context, "Ada", "ada@acme.example")
    other = await add(context, "Grace Hopper", "grace@navy.example")
    started = {"version": str(lead.version), "was.contact": "ada@acme.example", "was.company": "acme.example"}
    async with context.db.transaction() as conn:
        await leads.change(conn, await leads.lock(conn, lead.id), leads.ChangeLead(title="Engines"), by=SYSTEM)
    typed = {"contact": "grace@navy.example", "company": "acme.example"}
    answer = await signed_in.post(f"/leads/{lead.id}/links", data=started | typed)
    assert answer.status_code == 409
    assert 'name="contact" value="grace@navy.example"' in answer.text
    version = str((await read(context, lead)).version)
    await signed_in.post(f"/leads/{lead.id}/links", data=typed | {"version": version})
    assert (await read(context, lead)).contact_id == other.contact_id
