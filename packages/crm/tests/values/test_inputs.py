"""What people and programs typed, through the doors they use. `specs/inputs/values.md` lists the rows."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import factories
import httpx
import pytest

from crm.inbound.intake.process import process_batch
from crm.kernel import clock
from crm.kernel.actor import SYSTEM, VISITOR
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.records import activities, companies, contacts, leads
from crm.records.companies.domains import is_free

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
FROM_SITE = {"origin": "http://site.test"}
LIMIT = 6_500


@pytest.fixture
async def program(keyed: Keyed) -> httpx.AsyncClient:
    return await keyed(*(f"{noun}:{way}" for noun in ("leads", "contacts", "companies", "activities")
                         for way in ("read", "write")))  # fmt: skip


async def enquire(client: httpx.AsyncClient, context: AppContext, **values: Any) -> dict[str, Any]:
    """Send an enquiry as the site does, let the worker process it, and return its lead."""
    answer = await client.post("/api/leads", json=factories.build_enquiry(**values), headers=FROM_SITE)
    assert answer.status_code == 201, answer.text
    await process_batch(context.db)
    async with context.db.connection() as conn:
        row = await conn.fetchrow("SELECT * FROM leads WHERE reference = $1", answer.json()["reference"])
    return dict(row)


def errors(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


async def test_a_message_of_6003_characters_is_kept_whole(client: httpx.AsyncClient, context: AppContext):
    message = "a word " * 857 + "end."
    assert len(message) == 6003
    assert (await enquire(client, context, message=message))["message"] == message


async def test_a_message_that_is_too_long_says_by_how_much(client: httpx.AsyncClient, program: httpx.AsyncClient):
    message = "This is 1,003 characters too long. Use at most 6,500."
    long = {"message": "x" * (LIMIT + 1003)}
    assert errors(await client.post("/api/leads", json=factories.build_enquiry(**long), headers=FROM_SITE)) == {
        "message": message
    }
    page = await client.post("/api/leads", data=factories.build_enquiry(**long), headers=FROM_SITE)
    assert page.status_code == 422
    assert message in page.text
    assert "x" * (LIMIT + 1003) in page.text
    assert errors(await program.post("/api/v1/leads", json={"name": "Ada", **long})) == {"message": message}


@pytest.mark.parametrize("path", ["/leads/new", "/contacts/new", "/companies/new", "/settings", "/settings/keys/new"])
async def test_no_control_of_a_page_cuts_what_is_pasted(signed_in: httpx.AsyncClient, path: str):
    page = await signed_in.get(path)
    assert page.status_code == 200
    assert 'maxlength="' not in re.sub(r'<input type="search"[^>]*>', "", page.text)


async def test_a_page_keeps_what_is_too_long_and_says_by_how_much(signed_in: httpx.AsyncClient):
    answer = await signed_in.post("/contacts", data={"name": "A" * 121})
    assert answer.status_code == 422
    assert "This is 1 character too long. Use at most 120." in answer.text
    assert "A" * 121 in answer.text


async def test_an_address_with_invisible_characters_is_one_contact(client: httpx.AsyncClient, context: AppContext):
    first = await enquire(client, context, email="grace@navy.example")
    for email in ("gra\u200bce@navy.example", "\ufeffgrace@navy.example", "grace@na\u00advy.example"):
        lead = await enquire(client, context, email=email, message=f"From {len(email)} {email!a}")
        assert (lead["email"], lead["contact_id"]) == ("grace@navy.example", first["contact_id"])
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM companies") == 1


async def test_both_spellings_of_a_domain_are_one_company(client: httpx.AsyncClient, context: AppContext):
    first = await enquire(client, context, email="a@münchen.example")
    second = await enquire(client, context, email="b@XN--MNCHEN-3YA.example")
    assert first["company_id"] == second["company_id"]
    assert second["email"] == "b@münchen.example"


async def test_a_phone_with_direction_marks_can_be_called(signed_in: httpx.AsyncClient, context: AppContext):
    lead = await enquire(signed_in, context, phone="\u202a+49 (0)30 123-4567\u202c")
    assert lead["phone"] == "+49 30 1234567"
    assert 'href="tel:+49301234567"' in (await signed_in.get(f"/leads/{lead['id']}")).text


async def test_an_address_cannot_add_a_recipient_to_the_link(signed_in: httpx.AsyncClient, context: AppContext):
    lead = await enquire(signed_in, context, email="ceo%40acme.example?bcc=spy%40evil.example&x=@acme.example")
    for path in (f"/leads/{lead['id']}", f"/contacts/{lead['contact_id']}"):
        page = (await signed_in.get(path)).text
        assert 'href="mailto:ceo%2540acme.example%3Fbcc%3Dspy%2540evil.example%26x%3D@acme.example"' in page


@pytest.mark.parametrize("text", ["\u200b\u200d", "\u3164", "\u2800\u2800", "\u202e", "\u00ad \u034f"])
async def test_a_name_or_message_nobody_can_see_is_refused(
    client: httpx.AsyncClient, program: httpx.AsyncClient, text: str
):
    answer = await client.post("/api/leads", json=factories.build_enquiry(name=text, message=text), headers=FROM_SITE)
    assert [*errors(answer)] == ["name", "message"]
    assert "name" in errors(await program.post("/api/v1/leads", json={"name": text}))
    assert "name" in errors(await program.post("/api/v1/companies", json={"name": text}))
    lead = (await program.post("/api/v1/leads", json={"name": "Ada"})).json()
    note = {"kind": "note", "body": text, "lead_id": lead["id"]}
    assert "body" in errors(await program.post("/api/v1/activities", json=note))


async def test_a_name_cannot_turn_the_text_around(signed_in: httpx.AsyncClient, context: AppContext):
    lead = await enquire(signed_in, context, name="Ada\u202eecalevoL", message="\u202eolleh")
    assert lead["name"] == "AdaecalevoL"
    page = (await signed_in.get(f"/leads/{lead['id']}")).text
    assert '<h1 tabindex="-1" dir="auto">' in page
    assert '<p class="prose" dir="auto">' in page


async def test_a_cursor_is_accepted_by_the_list_that_made_it(program: httpx.AsyncClient, signed_in: httpx.AsyncClient):
    for number in range(27):
        assert (await program.post("/api/v1/contacts", json={"name": "\ufdfa" * 23 + str(number)})).status_code == 201
    first = (await program.get("/api/v1/contacts?sort=name&limit=25")).json()
    second = await program.get("/api/v1/contacts", params={"sort": "name", "limit": 25, "cursor": first["next_cursor"]})
    assert [len(page["data"]) for page in (first, second.json())] == [25, 2]


async def test_dates_far_away_are_refused_everywhere(program: httpx.AsyncClient):
    lead = (await program.post("/api/v1/leads", json={"name": "Ada"})).json()
    note = {"kind": "note", "body": "x", "lead_id": lead["id"], "at": "9999-12-31T23:59:59Z"}
    message = "Enter a date between 1900 and 2200."
    assert errors(await program.post("/api/v1/activities", json=note)) == {"at": message}
    step = {"name": "Ada", "next_action": "Call", "next_action_on": "0001-01-01"}
    assert errors(await program.post("/api/v1/leads", json=step)) == {"next_action_on": message}
    query = {"created_after": "9999-12-31T23:59:59Z"}
    assert errors(await program.get("/api/v1/leads", params=query)) == {"created_after": message}


async def test_a_page_survives_a_date_that_was_stored_before(signed_in: httpx.AsyncClient, context: AppContext):
    async with context.db.transaction() as conn:
        lead = await leads.create(conn, leads.NewLead(name="Ada"), by=SYSTEM)
        far = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
        await activities.record(conn, kind="note", body="Far away.", by=SYSTEM, lead_id=lead.id, at=far)
    page = await signed_in.get(f"/leads/{lead.id}")
    assert page.status_code == 200
    assert "Far away." in page.text


@pytest.mark.parametrize("email", [
    "a@vp.pl", "a@volny.cz", "a@t-online.hu", "a@hetnet.nl", "a@gmail.com", "a@mail.yahoo.fr", "a@gmx.net"
])  # fmt: skip
def test_a_free_mail_provider_is_no_company(email: str):
    assert companies.domain_of(email) == ""


@pytest.mark.parametrize("domain", ["outlook.acme.com", "gmail.acme.co.uk", "acme.com", "mail.acme.example"])
def test_a_companys_own_mail_server_is_no_free_mail(domain: str):
    assert not is_free(domain)
    assert companies.domain_of(f"ada@{domain}") == domain


async def test_a_lead_can_be_created_with_a_status(program: httpx.AsyncClient):
    lead = await program.post("/api/v1/leads", json={"name": "Ada", "status": "qualified"})
    assert (lead.status_code, lead.json()["status"]) == (201, "qualified")
    lost = {"name": "Ada", "status": "lost"}
    assert errors(await program.post("/api/v1/leads", json=lost)) == {
        "lost_reason": "Say why it was lost; a few words will do."
    }
    assert (await program.post("/api/v1/leads", json={**lost, "lost_reason": "No budget"})).json()["status"] == "lost"


async def test_a_wrong_choice_lists_the_right_ones(program: httpx.AsyncClient, client: httpx.AsyncClient):
    message = errors(await program.post("/api/v1/leads", json={"name": "Ada", "status": "open"}))
    assert message == {"status": "Choose one of: new, contacted, qualified, proposal, won, lost."}
    message = errors(await program.post("/api/v1/leads", json={"name": "Ada", "budget": "a lot"}))
    assert message["budget"] == "Choose one of: under_5k, from_5k_to_15k, from_15k_to_50k, over_50k, unsure."
    assert "qualified" in errors(await program.get("/api/v1/leads", params={"status": "new,open"}))["status"]
    public = await client.post("/api/leads", json=factories.build_enquiry(budget="a lot"), headers=FROM_SITE)
    assert errors(public) == {"budget": message["budget"]}


async def test_a_date_is_midnight_in_the_organizations_zone(program: httpx.AsyncClient, context: AppContext):
    midnight = datetime(2026, 11, 22, tzinfo=ZoneInfo("Europe/Bucharest"))
    for name, at in (("Before", midnight.timestamp() - 1), ("After", midnight.timestamp())):
        with clock.at(datetime.fromtimestamp(at, UTC)):
            async with context.db.transaction() as conn:
                await leads.create(conn, leads.NewLead(name=name), by=SYSTEM)
    for query, name in (("created_after", "After"), ("created_before", "Before")):
        found = (await program.get("/api/v1/leads", params={query: "2026-11-22"})).json()["data"]
        assert [lead["name"] for lead in found] == [name]
    message = errors(await program.get("/api/v1/leads", params={"created_after": "yesterday"}))
    assert message["created_after"] == "Enter a date such as 2026-11-22, or a moment such as 2026-11-22T14:30:00Z."


async def test_values_are_understood_or_refused_in_their_own_sentence(program: httpx.AsyncClient):
    made = (
        await program.post(
            "/api/v1/leads", json={"name": "Ada", "email": "Ada <ada@x.example>", "currency": "usd", "value": 5}
        )
    ).json()
    assert (made["email"], made["currency"]) == ("ada@x.example", "USD")
    company = (await program.post("/api/v1/companies", json={"name": "Acme", "website": "acme.example"})).json()
    assert company["website"] == "https://acme.example"
    message = errors(await program.post("/api/v1/leads", json={"name": "A", "email": "ada@x", "currency": "euros"}))
    assert message == {
        "email": "The part after the @ needs an ending, such as .com.",
        "currency": "Enter the three letters of a currency, such as EUR or USD.",
    }


async def test_amounts_of_three_currencies_are_not_added(signed_in: httpx.AsyncClient, context: AppContext):
    async with context.db.transaction() as conn:
        for value, currency in ((1000, "USD"), (500_000, "JPY"), (1000, "EUR"), (500, "EUR")):
            form = leads.NewLead(name=f"{currency} lead", value=value, currency=currency, status="won")
            await leads.create(conn, form, by=SYSTEM)
    page = (await signed_in.get("/")).text
    assert "won, EUR 1,500 · JPY 500,000 · USD 1,000" in page


async def test_a_list_by_value_compares_amounts_within_one_currency(program: httpx.AsyncClient):
    for value, currency in ((900, "USD"), (500_000, "JPY"), (1000, "EUR"), (12_000, "EUR"), (1000, "USD")):
        await program.post("/api/v1/leads", json={"name": "Ada", "value": value, "currency": currency})
    found: list[tuple[str, float]] = []
    cursor = ""
    while cursor is not None:
        query = {"sort": "-value", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await program.get("/api/v1/leads", params=query)).json()
        found += [(lead["currency"], lead["value"]) for lead in page["data"]]
        cursor = page["next_cursor"]
    assert found == [("USD", 1000), ("USD", 900), ("JPY", 500_000), ("EUR", 12_000), ("EUR", 1000)]


async def test_quiet_leads_begin_with_the_organizations_currency(conn: Connection):
    from crm.workspace.today import queries

    for value, currency in ((900, "USD"), (500_000, "JPY"), (10, "EUR"), (20, "EUR")):
        form = leads.NewLead(name=f"{currency} {value}", value=value, currency=currency, status="qualified")
        await leads.create(conn, form, by=SYSTEM)
    later = clock.now().replace(year=clock.now().year + 1)
    with clock.at(later):
        group = await queries.list_quiet(conn, "Europe/Bucharest", "EUR", 3)
    assert [card.name for card in group.cards] == ["EUR 20", "EUR 10", "JPY 500000"]
    assert group.total == 4


@pytest.mark.parametrize("name", ["Ada  Lovelace", "Ada\u00a0Lovelace", "Zoe\u0308 Quine", "Ada\tLovelace"])
async def test_a_name_is_confirmed_as_it_looks(signed_in: httpx.AsyncClient, context: AppContext, name: str):
    async with context.db.transaction() as conn:
        lead = await leads.create(conn, leads.NewLead(name=name), by=SYSTEM)
        await leads.delete(conn, lead, by=SYSTEM)
        entry = await conn.fetchval("SELECT id FROM trash")
    typed = "Zoë Quine" if name.startswith("Z") else "ada lovelace"
    wrong = await signed_in.post(f"/trash/{entry}/forget", data={"name": "Ada L"})
    assert wrong.status_code == 422
    assert (await signed_in.post(f"/trash/{entry}/forget", data={"name": typed})).status_code == 303


async def test_first_and_last_visit_read_as_every_other_time(signed_in: httpx.AsyncClient, context: AppContext):
    touch = {"path": "/", "at": "2026-11-22T23:30:00.000Z"}
    lead = await enquire(signed_in, context, first_touch=touch, last_touch=touch)
    page = (await signed_in.get(f"/leads/{lead['id']}")).text
    assert 'title="Mon 23 Nov 2026, 01:30 EET"' in page
    assert "2026-11-22T23:30" not in page.replace('datetime="2026-11-22T23:30:00+00:00"', "")


async def test_the_form_of_an_enquiry_takes_a_name_with_its_address(client: httpx.AsyncClient, context: AppContext):
    lead = await enquire(client, context, email="Grace Hopper <grace@navy.example>", phone="n/a")
    assert (lead["email"], lead["phone"]) == ("grace@navy.example", "")
    assert json.loads(json.dumps(lead["name"])) == "Grace Hopper"


async def test_a_contact_found_by_any_spelling_is_no_duplicate(program: httpx.AsyncClient):
    assert (await program.post("/api/v1/contacts", json={"name": "A", "email": "a@münchen.example"})).status_code == 201
    again = await program.post("/api/v1/contacts", json={"name": "B", "email": "A@xn--mnchen-3ya.example"})
    assert "already" in errors(again)["email"]
    domain = {"name": "C", "domain": "münchen.example"}
    assert (await program.post("/api/v1/companies", json=domain)).status_code == 201
    again = await program.post("/api/v1/companies", json={"name": "D", "domain": "xn--mnchen-3ya.example"})
    assert "already the domain of C" in errors(again)["domain"]


async def test_what_a_visitor_says_by_the_site_is_not_trusted(conn: Connection):
    known = await contacts.actions.create(conn, contacts.forms.NewContact(name="CEO", email="ceo@gmail.com"), by=SYSTEM)
    form = leads.NewLead(name="X", email="CEO+x@gmail.com", phone="+44 20 7946 0000")
    await leads.create(conn, form, by=VISITOR, channel="site")
    assert (await contacts.get(conn, known.id)).phone == ""
