"""The search in the API and as a page."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest

from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads, tasks
from crm.records.activities import actions as activity_actions
from crm.records.activities import forms as activity_forms
from crm.records.contacts import actions as contact_actions
from crm.records.contacts import forms as contact_forms

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
READ = ("leads:read", "contacts:read", "companies:read", "tasks:read", "activities:read")


@pytest.fixture
async def lead(client: httpx.AsyncClient, context: AppContext) -> leads.Lead:
    async with context.db.transaction() as conn:
        form = leads.NewLead(
            name="Ada Lovelace", email="ada@engine.example", company="Analytical Engines",
            message="Our <b>consignment</b> software loses labels.",
        )  # fmt: skip
        lead = await leads.create(conn, form, by=SYSTEM, channel="manual")
        note = activity_forms.NewActivity(kind="call", body="Ada wants the engine by spring.", lead_id=lead.id)
        await activity_actions.create(conn, note, by=SYSTEM)
        await tasks.create(conn, tasks.NewTask(title="Oil the engine", contact_id=lead.contact_id), by=SYSTEM)
    return lead


async def test_the_results_are_grouped_by_kind(keyed: Keyed, lead: leads.Lead):
    answer = await (await keyed(*READ)).get("/api/v1/search?q=ada")
    assert answer.status_code == 200
    groups = answer.json()["groups"]
    assert [group["kind"] for group in groups] == ["leads", "contacts", "activities"]
    assert [group["more"] for group in groups] == [False] * 3
    hit = groups[0]["data"][0]
    assert hit == {
        "id": lead.id, "title": lead.title, "detail": f"Ada Lovelace · Analytical Engines · New · {lead.reference}",
        "excerpt": "Our <b>consignment</b> software loses labels.", "match": "exact", "path": f"/leads/{lead.id}",
        "at": hit["at"],
    }  # fmt: skip
    assert groups[2]["data"][0]["path"].startswith(f"/leads/{lead.id}#activity-")


async def test_a_key_finds_only_the_kinds_that_it_may_read(keyed: Keyed, lead: leads.Lead):
    for scope in READ:
        answer = await (await keyed(scope)).get("/api/v1/search?q=engine")
        assert [group["kind"] for group in answer.json()["groups"]] == [scope.partition(":")[0]]


async def test_a_kind_that_the_key_may_not_read_is_refused_with_its_scope(keyed: Keyed, lead: leads.Lead):
    program = await keyed("leads:read")
    answer = await program.get("/api/v1/search?q=ada&kinds=leads,contacts")
    assert answer.status_code == 403
    assert "contacts:read" in answer.json()["detail"]
    assert (await program.get("/api/v1/search?q=ada&kinds=leads")).status_code == 200


async def test_a_key_that_may_read_no_kind_is_refused(keyed: Keyed):
    answer = await (await keyed("webhooks:read", "leads:write")).get("/api/v1/search?q=ada")
    assert answer.status_code == 403
    assert "leads:read" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "q"), ("?q=", "q"), (f"?q={'a' * 201}", "q"), ("?q=a&limit=0", "limit"), ("?q=a&limit=26", "limit"),
        ("?q=a&limit=x", "limit"), ("?q=a&kinds=users", "kinds"), ("?q=a&kind=leads", "kind"),
    ],
)  # fmt: skip
async def test_a_wrong_question_names_the_parameter(keyed: Keyed, query: str, field: str):
    answer = await (await keyed(*READ)).get(f"/api/v1/search{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in answer.text


async def test_the_limit_holds_for_each_kind_and_more_says_that_there_are_others(keyed: Keyed, context: AppContext):
    async with context.db.transaction() as conn:
        for number in range(4):
            await contact_actions.create(conn, contact_forms.NewContact(name=f"Grace {number}"), by=SYSTEM)
    program = await keyed(*READ)
    (group,) = (await program.get("/api/v1/search?q=grace&limit=3")).json()["groups"]
    assert [hit["title"] for hit in group["data"]] == ["Grace 3", "Grace 2", "Grace 1"]
    assert group["more"]
    (group,) = (await program.get("/api/v1/search?q=grace&limit=4")).json()["groups"]
    assert len(group["data"]) == 4 and not group["more"]


async def test_the_search_stands_in_the_openapi_document(client: httpx.AsyncClient):
    operation = (await client.get("/api/v1/openapi.json")).json()["paths"]["/api/v1/search"]["get"]
    assert {each["name"] for each in operation["parameters"]} >= {"q", "kinds", "limit"}
    assert {"200", "401", "403", "422"} <= {*operation["responses"]}


PLACES = ("/", "/leads", "/contacts", "/companies", "/inbox", "/settings", "/operations", "/trash", "/profile")


@pytest.mark.parametrize("path", PLACES)
async def test_one_box_on_every_page_searches_everything(signed_in: httpx.AsyncClient, path: str):
    page = (await signed_in.get(path)).text
    assert len(re.findall(r'<form class="top-search" action="/search"', page)) == 1
    assert page.count('id="search"') == 1


async def test_the_page_shows_every_kind_and_works_without_a_script(signed_in: httpx.AsyncClient, lead: leads.Lead):
    page = (await signed_in.get("/search?q=engine")).text
    assert f'href="/leads/{lead.id}"' in page
    assert f'href="/contacts/{lead.contact_id}"' in page
    assert f'href="/companies/{lead.company_id}"' in page
    assert re.search(rf'href="/leads/{lead.id}#activity-\d+"', page)
    assert 'id="search" name="q" value="engine"' in page
    assert "&lt;b&gt;consignment" in page and "<b>consignment" not in page


async def test_the_page_says_that_nothing_matches_or_what_can_be_searched(signed_in: httpx.AsyncClient):
    assert "Nothing matches “zeppelin”" in (await signed_in.get("/search?q=zeppelin")).text
    for path in ("/search", "/search?q=", "/search?q=%20"):
        assert "Search everything" in (await signed_in.get(path)).text
    assert (await signed_in.get(f"/search?q={'a' * 201}")).status_code == 422


async def test_the_page_marks_a_similar_spelling(signed_in: httpx.AsyncClient, lead: leads.Lead):
    assert "Similar spelling" in (await signed_in.get("/search?q=lovelcae")).text


async def test_more_matches_are_linked_to_the_list_that_shows_them(signed_in: httpx.AsyncClient, context: AppContext):
    async with context.db.transaction() as conn:
        for number in range(9):
            await contact_actions.create(conn, contact_forms.NewContact(name=f"Grace & {number}"), by=SYSTEM)
    page = (await signed_in.get("/search", params={"q": "grace &"})).text
    assert 'href="/contacts?q=grace+%26"' in page
    assert "9 contacts" in (await signed_in.get("/contacts?q=grace+%26")).text


async def test_the_lists_keep_their_own_box(signed_in: httpx.AsyncClient, lead: leads.Lead):
    page = (await signed_in.get("/contacts?q=lovel")).text
    assert 'action="/contacts"' in page and 'value="lovel"' in page
    assert f'href="/contacts/{lead.contact_id}?q=lovel"' in page
