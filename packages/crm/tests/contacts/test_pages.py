from __future__ import annotations

import re

import httpx
import pytest

from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import contacts, leads


@pytest.fixture
async def zoe(context: AppContext, clean: AppContext) -> contacts.Contact:
    async with context.db.transaction() as conn:
        form = leads.NewLead(name="Zoë Quine", email="zoe@quine.example", company="Quine Ltd", message="Hi")
        lead = await leads.create(conn, form, by=SYSTEM, channel="site")
        return await contacts.get(conn, lead.contact_id or 0)


async def test_the_list_of_people_searches_sorts_and_links_to_companies(
    signed_in: httpx.AsyncClient, zoe: contacts.Contact
):
    page = await signed_in.get("/contacts?q=quin&sort=-created_at")
    assert f'href="/contacts/{zoe.id}?q=quin&amp;sort=-created_at"' in page.text
    assert f'href="/companies/{zoe.company_id}"' in page.text
    assert "No contact matches" in (await signed_in.get("/contacts?q=xyz")).text
    part = await signed_in.get("/contacts?q=quin", headers={"hx-request": "true"})
    assert "<html" not in part.text


async def test_nobody_yet_is_explained(signed_in: httpx.AsyncClient):
    assert "No contacts yet" in (await signed_in.get("/contacts")).text


async def test_the_record_shows_leads_company_and_the_combined_timeline(
    signed_in: httpx.AsyncClient, zoe: contacts.Contact
):
    page = await signed_in.get(f"/contacts/{zoe.id}")
    for said in ("Zoë Quine", "Quine Ltd", "The enquiry arrived from the website.", 'href="/leads/'):
        assert said in page.text
    assert len(re.findall('class="button button-primary', page.text)) == 1


async def test_somebody_new_gets_the_company_that_is_named(signed_in: httpx.AsyncClient, context: AppContext):
    assert (await signed_in.get("/contacts/new?company=Build")).text.count('value="Build"') == 1
    answer = await signed_in.post("/contacts", data={"name": "Bob", "email": "bob@b.example", "company": "Build & Co"})
    assert answer.status_code == 303
    assert "Build &amp; Co" in (await signed_in.get(answer.headers["location"])).text


async def test_an_address_that_is_taken_has_its_error_beside_the_field(
    signed_in: httpx.AsyncClient, zoe: contacts.Contact
):
    answer = await signed_in.post("/contacts", data={"name": "Other", "email": "ZOE@quine.example"})
    assert answer.status_code == 422
    assert "already the address of Zoë Quine" in answer.text
    assert 'value="Other"' in answer.text


async def test_editing_keeps_the_company_that_was_left_alone(
    signed_in: httpx.AsyncClient, zoe: contacts.Contact, context: AppContext
):
    form = {"name": "Zoë Q.", "email": "zoe@quine.example", "company": "Quine Ltd", "version": "1"}
    assert (await signed_in.get(f"/contacts/{zoe.id}/edit")).text.count(
        'value="Quine Ltd"'
    ) == 2  # and what it began with
    assert (await signed_in.post(f"/contacts/{zoe.id}", data=form)).status_code == 303
    async with context.db.connection() as conn:
        changed = await contacts.get(conn, zoe.id)
    assert (changed.name, changed.company_id) == ("Zoë Q.", zoe.company_id)
    late = await signed_in.post(f"/contacts/{zoe.id}", data={**form, "name": "Z. Quine"})
    assert late.status_code == 409
    assert 'value="Z. Quine" checked' in late.text
    assert (await signed_in.post(f"/contacts/{zoe.id}", data={**form, "name": ""})).status_code == 422


async def test_a_contact_with_leads_says_why_it_stays(signed_in: httpx.AsyncClient, zoe: contacts.Contact):
    refused = await signed_in.post(f"/contacts/{zoe.id}/delete")
    assert refused.status_code == 409
    assert "1 lead still points to Zoë Quine" in refused.text


async def test_a_contact_nothing_points_to_can_go(signed_in: httpx.AsyncClient):
    made = await signed_in.post("/contacts", data={"name": "Bob"})
    path = made.headers["location"]
    assert (await signed_in.post(f"{path}/delete")).headers["location"] == "/contacts"
    assert (await signed_in.get(path)).status_code == 404


async def test_a_new_lead_for_a_contact_comes_filled_in(signed_in: httpx.AsyncClient, zoe: contacts.Contact):
    page = await signed_in.get(f"/contacts/{zoe.id}")
    link = re.search(r'href="(/leads/new\?[^"]+)"', page.text)
    assert link is not None
    form = await signed_in.get(link[1].replace("&amp;", "&"))
    assert 'value="zoe@quine.example"' in form.text
    assert f'name="contact_id" value="{zoe.id}"' in form.text


async def test_a_field_of_a_contact_is_edited_in_place_its_company_by_name(
    signed_in: httpx.AsyncClient, context: AppContext
):
    made = await signed_in.post("/contacts", data={"name": "Bob", "email": "bob@build.example"})
    page = made.headers["location"]
    await signed_in.post(f"{page}/field", data={"field": "company", "value": "Build & Co", "was": ""})
    assert "Build &amp; Co" in (await signed_in.get(page)).text
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM companies WHERE name = 'Build & Co'") == 1
