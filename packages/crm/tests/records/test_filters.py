"""The filters of leads, contacts and companies: what each operator leaves, in the API, in the URL and as chips."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from crm.accounts import auth
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads
from crm.records.companies import actions as company_actions
from crm.records.companies import api as company_api
from crm.records.companies.forms import FILTERS as COMPANY_FILTERS
from crm.records.companies.forms import CompanyFilter, NewCompany
from crm.records.contacts import actions as contact_actions
from crm.records.contacts import api as contact_api
from crm.records.contacts.forms import FILTERS as CONTACT_FILTERS
from crm.records.contacts.forms import ContactFilter, NewContact
from crm.records.leads.filters import LEAD_FILTERS

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
FILTERS = {"leads": LEAD_FILTERS, "contacts": CONTACT_FILTERS, "companies": COMPANY_FILTERS}


@pytest.fixture
async def three(client: httpx.AsyncClient, context: AppContext) -> None:
    """Three leads, as their companies say: one of Acme, one of Łódź Works, one of none."""
    async with context.db.transaction() as conn:
        for form in (
            leads.NewLead(
                name="Ada", email="ada@acme.example", company="Acme Ltd", title="Engine", value=500, source="blog",
                next_action="Call her", next_action_on=date(2026, 12, 1),
            ),
            leads.NewLead(name="Jan", company="Łódź Works", title="Labels", value=12_000.5, hours=80, source="event"),
            leads.NewLead(name="Zoë", phone="+49 30 1234567", title="Tickets"),
        ):  # fmt: skip
            await leads.create(conn, form, by=SYSTEM, channel="manual")


async def list_names(context: AppContext, **query: Any) -> list[str]:
    async with context.db.connection() as conn:
        page = await leads.RECORD.list_page(conn, leads.LeadFilter(**query, sort="name"))
    assert page.total == len(page.data)
    return [lead.name for lead in page.data]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"company": "ACME ltd"}, ["Ada"]), ({"company": "acme"}, []), ({"company_not": "acme ltd"}, ["Jan", "Zoë"]),
        ({"company_contains": "cme l"}, ["Ada"]), ({"company_contains": "lodz"}, ["Jan"]),
        ({"company_contains": "%"}, []), ({"company_empty": True}, ["Zoë"]), ({"company_empty": False}, ["Ada", "Jan"]),
        ({"title": "ENGINE"}, ["Ada"]), ({"title_not": "engine"}, ["Jan", "Zoë"]),
        ({"title_contains": "tick"}, ["Zoë"]), ({"title_contains": "gine"}, ["Ada"]),
        ({"title_contains": "acme"}, []), ({"title_contains": "?"}, []),
        ({"title_contains": "engine", "company_contains": "works"}, []), ({"title_contains": "e", "q": "ada"}, ["Ada"]),
        ({"next_action": "CALL HER"}, ["Ada"]), ({"next_action_contains": "zzz"}, []),
        ({"name": "zoe"}, ["Zoë"]), ({"phone_contains": "123"}, ["Zoë"]), ({"email_contains": "@acme"}, ["Ada"]),
        ({"source": ["blog"]}, ["Ada"]), ({"source": ["blog", "event"]}, ["Ada", "Jan"]),
        ({"source_not": ["blog"]}, ["Jan", "Zoë"]), ({"source_empty": True}, ["Zoë"]),
        ({"value_from": 500.0, "value_to": 12_000.5}, ["Ada", "Jan"]), ({"value_to": 0.0}, ["Zoë"]),
        ({"hours_from": 80.0}, ["Jan"]), ({"has_next_action": False}, ["Jan", "Zoë"]),
        ({"next_action_contains": "call"}, ["Ada"]), ({"next_action_from": date(2026, 12, 1)}, ["Ada"]),
        ({"status_not": ["new"]}, []), ({"owner_id_empty": True}, ["Ada", "Jan", "Zoë"]), ({"channel_not": ["site"],
        "company_contains": "w", "source": ["event"]}, ["Jan"]),
    ],
)  # fmt: skip
async def test_each_operator_leaves_the_rows_that_it_names(
    three: None, context: AppContext, query: dict[str, Any], names: list[str]
):
    assert await list_names(context, **query) == names


async def test_a_lead_without_an_owner_is_none_of_anybodys(three: None, signed_in: Any, context: AppContext):
    async with context.db.transaction() as conn:
        (ada,) = await auth.list_users(conn)
        await conn.execute("UPDATE leads SET owner_id = $1 WHERE name = 'Ada'", ada.id)
    assert await list_names(context, owner_id_not=[ada.id]) == ["Jan", "Zoë"]
    assert await list_names(context, owner_id_empty=False) == ["Ada"]


async def test_a_time_is_filtered_by_whole_days(three: None, context: AppContext):
    async with context.db.transaction() as conn:
        await conn.execute("UPDATE leads SET updated_at = $1 WHERE name = 'Ada'", datetime(2026, 3, 1, 12, tzinfo=UTC))
    day = date(2026, 3, 1)
    assert await list_names(context, updated_from=day, updated_to=day) == ["Ada"]
    assert await list_names(context, updated_to=date(2026, 2, 28)) == []


async def test_contacts_and_companies_have_filters_of_their_own_fields(client: Any, context: AppContext):
    async with context.db.transaction() as conn:
        for contact in (NewContact(name="Ada", job_title="Programmer"), NewContact(name="Grace", phone="+1 555 0100")):
            await contact_actions.create(conn, contact, by=SYSTEM)
        for company in (NewCompany(name="Acme", domain="acme.example"), NewCompany(name="Zenith")):
            await company_actions.create(conn, company, by=SYSTEM)
    async with context.db.connection() as conn:
        for query, name in (({"job_title_contains": "gram"}, "Ada"), ({"phone_empty": False}, "Grace"),
                            ({"name_not": "ada"}, "Grace")):  # fmt: skip
            (found,) = (await contact_api.RECORD.list_page(conn, ContactFilter(**query))).data
            assert found.name == name
        for query, name in (({"domain_contains": "acme"}, "Acme"), ({"domain_empty": True}, "Zenith"),
                            ({"domain_empty": False, "name": "ACME"}, "Acme")):  # fmt: skip
            (firm,) = (await company_api.RECORD.list_page(conn, CompanyFilter(**query))).data
            assert firm.name == name


@pytest.mark.parametrize("plural", [*FILTERS])
async def test_programs_use_the_same_filters_and_the_document_names_each(three: None, keyed: Keyed, plural: str):
    program = await keyed(f"{plural}:read")
    document = (await program.get("/api/v1/openapi.json")).json()["paths"][f"/api/v1/{plural}"]["get"]
    documented = {each["name"]: each.get("description") for each in document["parameters"]}
    for field in FILTERS[plural]:
        for operator in field.operators:
            for name in field.list_names(operator):
                assert documented[name], name
                answer = await program.get(f"/api/v1/{plural}", params={name: ""})
                assert answer.status_code == 422
                assert name in answer.text
    answer = await program.get(f"/api/v1/{plural}?name_contains=ad")
    assert answer.status_code == 200


async def test_the_form_of_a_filter_leads_to_the_url_of_the_list(signed_in: httpx.AsyncClient):
    async def apply(**sent: Any) -> list[tuple[str, str]]:
        answer = await signed_in.get("/leads", params=sent)
        assert answer.status_code == 303
        return parse_qsl(urlsplit(answer.headers["location"]).query)

    base = "status=new&q=ada&cursor=x"
    kept = [("status", "new"), ("q", "ada")]
    assert await apply(base=base, set="company", op="contains", value=" acme ") == [*kept, ("company_contains", "acme")]
    assert await apply(base=base, set="source", op="not", value=["blog", "event"]) == [
        *kept, ("source_not", "blog"), ("source_not", "event")
    ]  # fmt: skip
    ends = {"from": "2026-01-01", "to": ""}
    assert await apply(base=base, set="created", op="between", **ends) == [*kept, ("created_from", "2026-01-01")]
    assert await apply(base=base, set="phone", op="empty") == [*kept, ("phone_empty", "true")]
    assert await apply(base=base, set="next_action", op="empty") == [*kept, ("has_next_action", "false")]
    # A chip that is edited takes the place of what it was, and an empty value turns it off.
    edited = {"base": "company=Acme&q=ada", "set": "company", "was": "is", "op": "contains", "value": "cm"}
    assert await apply(**edited) == [("q", "ada"), ("company_contains", "cm")]
    assert await apply(**{**edited, "value": ""}) == [("q", "ada")]
    for nonsense in ({"set": "moon"}, {"set": "company", "op": "between"}, {"set": "company"}):
        assert await apply(base=base, value="x", **nonsense) == kept


async def test_each_filter_that_is_on_is_a_chip_that_can_be_changed_and_removed(
    three: None, signed_in: httpx.AsyncClient
):
    url = "/leads?company_contains=acme&source_not=blog,event&value_from=10&phone_empty=true&channel=manual"
    page = (await signed_in.get(url)).text
    for chip in ("Company contains “acme”", "How they heard about us: not An article of yours or An event",
                 "Value from 10", "Phone is empty", "Came in by: Added by hand"):  # fmt: skip
        assert f'aria-label="Remove the filter {chip}"' in page
        assert f'<summary title="Change this filter">{chip}</summary>' in page
    assert re.search(r'href="/leads\?source_not=[^"]*" aria-label="Remove the filter Company', page)
    page = (await signed_in.get("/contacts?job_title_contains=boss")).text
    assert "Remove the filter Job title contains “boss”" in page
    assert "No contact matches" in page


@pytest.mark.parametrize(
    "query",
    [
        "value_from=x", "value_to=-1", "created_from=yesterday", "updated_to=2026-02-30", "status=gone",
        "channel=smoke", "owner_id=ada", "owner_id=0", "owner_id_not=99999999999999999999", "phone_empty=perhaps",
        "hours_from=1e400", f"company={'x' * 201}", "value_from=nan",
    ],
)  # fmt: skip
async def test_a_filter_that_makes_no_sense_is_named_and_left_out(
    three: None, signed_in: httpx.AsyncClient, query: str
):
    answer = await signed_in.get(f"/leads?{query}&q=ada")
    assert answer.status_code == 422
    assert 'class="errors"' in answer.text
    assert "1 lead<" in answer.text


async def test_the_list_of_leads_still_shows_when_a_program_invents_filters(three: None, signed_in: httpx.AsyncClient):
    page = await signed_in.get("/leads?moon=full&company_between=3")
    assert page.status_code == 200
    assert "3 leads" in page.text
