from __future__ import annotations

import html
import re

import httpx
import msgspec
import pytest

from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import companies, leads, stages


@pytest.fixture
async def quine(context: AppContext, clean: AppContext) -> companies.Company:
    async with context.db.transaction() as conn:
        form = leads.NewLead(name="Zoë Quine", email="zoe@quine.example", company="Quine Ltd")
        lead = await leads.create(conn, form, by=SYSTEM, channel="site")
        return await companies.get(conn, lead.company_id or 0)


async def test_the_list_searches_and_explains_itself(signed_in: httpx.AsyncClient, quine: companies.Company):
    assert f'href="/companies/{quine.id}?q=qui"' in (await signed_in.get("/companies?q=qui")).text
    page = (await signed_in.get("/companies?q=xyz")).text
    assert "No company matches" in page
    assert "Remove the filter “xyz”" in page


async def test_no_company_yet_is_explained(signed_in: httpx.AsyncClient):
    assert "No companies yet" in (await signed_in.get("/companies")).text


async def test_the_record_shows_people_leads_and_the_combined_timeline(
    signed_in: httpx.AsyncClient, quine: companies.Company
):
    page = await signed_in.get(f"/companies/{quine.id}")
    for said in ("Quine Ltd", "quine.example", 'href="/contacts/', 'href="/leads/', "The enquiry arrived"):
        assert said in page.text
    assert len(re.findall('class="button button-primary', page.text)) == 1


async def test_a_company_is_added_and_changed(signed_in: httpx.AsyncClient):
    assert (await signed_in.get("/companies/new")).status_code == 200
    made = await signed_in.post("/companies", data={"name": "Build", "domain": "Build.example"})
    path = made.headers["location"]
    form = {"name": "Build & Co", "domain": "build.example", "website": "https://build.example", "version": "1"}
    assert (await signed_in.get(f"{path}/edit")).text.count(
        'value="build.example"'
    ) == 2  # the field, and what it began with
    assert (await signed_in.post(path, data=form)).status_code == 303
    assert "Build &amp; Co" in (await signed_in.get(path)).text
    late = await signed_in.post(path, data={**form, "name": "Builders"})
    assert late.status_code == 409
    assert 'value="Builders" checked' in late.text


@pytest.mark.parametrize("website", ["javascript:alert(1)", "ftp://build.example", "build"])
async def test_only_web_addresses_are_taken_as_websites(signed_in: httpx.AsyncClient, website: str):
    answer = await signed_in.post("/companies", data={"name": "Build", "website": website})
    assert answer.status_code == 422
    assert f'value="{website}"' in answer.text


async def test_a_domain_that_is_taken_has_its_error_beside_the_field(
    signed_in: httpx.AsyncClient, quine: companies.Company
):
    answer = await signed_in.post("/companies", data={"name": "Other", "domain": "quine.example"})
    assert answer.status_code == 422
    assert "already the domain of Quine Ltd" in answer.text


async def test_a_company_somebody_points_to_says_why_it_stays(signed_in: httpx.AsyncClient, quine: companies.Company):
    said = "1 contact and 1 lead still point to Quine Ltd"
    refused = await signed_in.post(f"/companies/{quine.id}/delete")
    assert refused.status_code == 409
    assert said in refused.text


async def test_a_company_nothing_points_to_can_go(signed_in: httpx.AsyncClient):
    path = (await signed_in.post("/companies", data={"name": "Build"})).headers["location"]
    assert (await signed_in.post(f"{path}/delete")).headers["location"] == "/companies"
    assert (await signed_in.get(path)).status_code == 404


async def test_the_list_says_contacts_open_leads_won_value_by_currency_and_last_contact(
    signed_in: httpx.AsyncClient, quine: companies.Company, context: AppContext
):
    values = (("open", 500, "EUR"), ("won", 1000, "USD"), ("won", 500_000, "JPY"), ("won", 250, "USD"))
    async with context.db.transaction() as conn:
        for number, (status, value, currency) in enumerate(values):
            form = leads.NewLead(name=f"P{number}", email=f"p{number}@quine.example", value=value, currency=currency)
            lead = await leads.create(conn, form, by=SYSTEM, channel="manual")
            if status == "won":
                await leads.move(conn, lead, "won", SYSTEM)
    page = (await signed_in.get("/companies")).text
    row = re.sub(r"\s+", " ", page[page.index(f'id="company-{quine.id}"') : page.index("</tr>", page.index("<tbody"))])
    links = dict(re.findall(r'href="([^"]+)">(\d+)<span', row))
    assert links == {
        f"/contacts?company_id={quine.id}": "5",
        f"/leads?company_id={quine.id}&amp;status={'&amp;status='.join(stages.current().open_keys)}": "2",
    }
    won = row[row.index("status=won") :]
    assert "1,250" in won
    assert "500,000" in won
    assert "501,250" not in row
    assert "today" in row
    for path, number in links.items():
        assert (await signed_in.get(path.replace("&amp;", "&"))).text.count("<tr id=") == int(number)


async def test_a_field_of_a_company_is_edited_in_place(signed_in: httpx.AsyncClient, quine: companies.Company):
    page = f"/companies/{quine.id}"
    saved = await signed_in.post(f"{page}/field", data={"field": "phone", "value": "+49 30 1234567", "was": ""})
    assert (saved.status_code, saved.headers["location"]) == (303, page)
    assert "+49 30 1234567" in (await signed_in.get(page)).text
    wrong = await signed_in.post(
        f"{page}/field", data={"field": "domain", "value": "no domain", "was": "quine.example"}
    )
    assert wrong.status_code == 422
    assert 'id="field-domain" open' in wrong.text


async def test_companies_are_sorted_by_open_leads_and_by_won_value_from_page_to_page(
    signed_in: httpx.AsyncClient, context: AppContext
):
    """Each currency by itself: that of the settings first, then the others by name."""
    deals = {"a": ["open"] * 3, "b": ["EUR 900", "EUR 200"], "c": ["USD 5000", "open"], "d": ["EUR 1000"], "e": []}
    async with context.db.transaction() as conn:
        await conn.execute("INSERT INTO settings (name, value, updated_at) VALUES ('currency', '\"EUR\"', now())")
        for name, each in deals.items():
            form = companies.forms.NewCompany(name=name, domain=f"{name}.example")
            await companies.actions.create(conn, form, by=SYSTEM)
            for deal in each:
                currency, _, value = deal.partition(" ")
                lead = leads.NewLead(name="P", email=f"p@{name}.example")
                if value:
                    lead = msgspec.structs.replace(lead, status="won", value=float(value), currency=currency)
                await leads.create(conn, lead, by=SYSTEM)
    for sort, order in (("open_leads", "bdeca"), ("-open_leads", "acedb"), ("-won", "bdcea"), ("won", "aecdb")):
        found, following = "", f"/companies?sort={sort}&limit=2"
        while following:
            page = (await signed_in.get(following)).text
            found += "".join(re.findall(r'class="row-link"[^>]*>(\w)</a>', page))
            link = re.search(r'rel="next" href="([^"]+)"', page)
            following = html.unescape(link[1]) if link else ""
        assert found == order, sort
        ids = re.findall(r'id="company-(\d+)"', (await signed_in.get(f"/companies?sort={sort}")).text)
        assert "2 of 5" in (await signed_in.get(f"/companies/{ids[1]}?sort={sort}")).text
