"""Saved views on pages: saved from a list, opened, changed, shared, pinned, deleted; and the columns of lists."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from crm.accounts.permissions import Role
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads
from crm.records.companies.pages import COLUMNS as COMPANY_COLUMNS
from crm.records.contacts.pages import COLUMNS as CONTACT_COLUMNS
from crm.records.leads.pages import COLUMNS as LEAD_COLUMNS

SignInAs = Callable[[Role], Awaitable[httpx.AsyncClient]]
COLUMNS = {"leads": LEAD_COLUMNS, "contacts": CONTACT_COLUMNS, "companies": COMPANY_COLUMNS}


@pytest.fixture
async def lead(client: httpx.AsyncClient, context: AppContext) -> leads.Lead:
    async with context.db.transaction() as conn:
        form = leads.NewLead(name="Ada", email="ada@acme.example", company="Acme", title="Engine", budget="unsure")
        return await leads.create(conn, form, by=SYSTEM, channel="manual")


async def save(person: httpx.AsyncClient, query: str, name: str = "Hot", **sent: Any) -> int:
    """Save the list of leads as a view; its number."""
    data = {"kind": "leads", "name": name, "query": query, **sent}
    answer = await person.post("/views", data=data)
    assert answer.status_code == 303, answer.text
    found = re.match(r"/leads\?view=(\d+)", answer.headers["location"])
    assert found
    return int(found[1])


def headings(page: str) -> list[str]:
    found = [re.sub("<[^>]+>", "", each).strip() for each in re.findall(r"<th scope[^>]*>(.*?)</th>", page)]
    return [each for each in found if each]


async def test_a_list_is_saved_under_a_name_and_opened_by_its_url(signed_in: httpx.AsyncClient, lead: leads.Lead):
    plain = (await signed_in.get("/leads")).text
    assert "Save view" not in plain
    filtered = (await signed_in.get("/leads?status=new&sort=-value&cursor=")).text
    assert "Save view" in filtered
    assert 'name="query" value="sort=-value&amp;status=new"' in filtered
    view = await save(signed_in, "sort=-value&status=new")
    opened = await signed_in.get(f"/views/{view}")
    assert opened.headers["location"] == f"/leads?view={view}&sort=-value&status=new"
    page = (await signed_in.get(opened.headers["location"])).text
    assert f'href="/views/{view}" aria-current="true"' in page
    assert "Save view" not in page


async def test_save_view_appears_when_the_list_differs_and_saves_its_changes(
    signed_in: httpx.AsyncClient, lead: leads.Lead
):
    view = await save(signed_in, "status=new")
    for same in (f"/leads?status=new&view={view}", f"/leads?view={view}&status=new&limit=50"):
        assert "Save changes to" not in (await signed_in.get(same)).text
    page = (await signed_in.get(f"/leads?view={view}&status=new&q=ada")).text
    assert "Save changes to “Hot”" in page
    assert "Back to the saved view" in page
    data = {"name": "Hot", "version": "1", "save_query": "q=ada&status=new"}
    answer = await signed_in.post(f"/views/{view}", data=data)
    assert answer.headers["location"] == f"/leads?view={view}&q=ada&status=new"
    assert "Save changes to" not in (await signed_in.get(answer.headers["location"])).text


async def test_a_view_is_ones_own_until_it_is_shared(signed_in_as: SignInAs):
    member = await signed_in_as("member")
    own, shared = await save(member, "status=new", "Mine"), await save(member, "status=won", "Ours", shared="true")
    viewer = await signed_in_as("viewer")
    assert (await viewer.get(f"/views/{own}")).status_code == 404
    assert (await viewer.get(f"/views/{shared}")).status_code == 303
    page = (await viewer.get("/leads")).text
    assert "Ours" in page
    assert "Mine</span></a>" not in page
    assert (await viewer.post(f"/views/{shared}", data={"name": "Theirs"})).status_code == 403
    assert (await viewer.post(f"/views/{own}/delete")).status_code == 404
    assert (await viewer.post("/views", data={"kind": "leads", "name": "x", "shared": "true"})).status_code == 403
    assert await save(viewer, "status=lost", "A viewer's own")
    owner = await signed_in_as("owner")
    renamed = {"name": "Everybody's", "shared": "true"}
    assert (await owner.post(f"/views/{shared}", data=renamed)).status_code == 303


async def test_a_pinned_view_is_in_the_sidebar_of_who_pinned_it(signed_in_as: SignInAs):
    member = await signed_in_as("member")
    view = await save(member, "status=new", shared="true", pinned="true")
    pin = f'href="/views/{view}"'
    assert pin in (await member.get("/inbox")).text
    owner = await signed_in_as("owner")
    assert pin not in (await owner.get("/inbox")).text
    await owner.post(f"/views/{view}/pin")
    await owner.post(f"/views/{view}/pin")
    rail = (await owner.get(f"/leads?view={view}&status=new")).text.split('class="app-main"')[0]
    assert f'{pin} aria-current="page"' in rail
    await owner.post(f"/views/{view}/unpin")
    assert pin not in (await owner.get("/inbox")).text


async def test_a_view_whose_owner_stops_sharing_it_leaves_the_sidebars_of_others(signed_in_as: SignInAs):
    member = await signed_in_as("member")
    view = await save(member, "status=new", shared="true")
    viewer = await signed_in_as("viewer")
    await viewer.post(f"/views/{view}/pin")
    owner = await signed_in_as("owner")
    await owner.post(f"/views/{view}", data={"name": "Hot"})
    assert (await owner.get(f"/views/{view}")).status_code == 404


async def test_deleting_a_view_can_be_undone(signed_in: httpx.AsyncClient):
    view = await save(signed_in, "status=new", pinned="true")
    await signed_in.post(f"/views/{view}/delete")
    page = (await signed_in.get("/leads")).text
    undo = re.search(r'action="(/changes/\d+/undo)"', page)
    assert undo
    assert f'href="/views/{view}"' not in page
    assert (await signed_in.get(f"/views/{view}")).status_code == 404
    await signed_in.post(undo[1])
    assert f'href="/views/{view}"' in (await signed_in.get("/inbox")).text


async def test_a_view_of_ones_own_is_undone_by_oneself_alone(signed_in_as: SignInAs):
    viewer = await signed_in_as("viewer")
    view = await save(viewer, "status=new")
    await viewer.post(f"/views/{view}", data={"name": "Warm", "save_query": "status=lost"})
    change = re.search(r'action="(/changes/\d+)/undo"', (await viewer.get("/leads")).text)
    assert change
    cookies = httpx.Cookies(viewer.cookies)
    owner = await signed_in_as("owner")
    assert "Warm" not in (await owner.get("/changes")).text
    assert (await owner.get(change[1])).status_code == 404
    assert (await owner.post(f"{change[1]}/undo")).status_code == 404
    viewer.cookies = cookies
    shown = (await viewer.get(change[1])).text
    assert re.search(r"status=new.*status=lost", shown, flags=re.DOTALL)
    assert (await viewer.post(f"{change[1]}/undo")).status_code == 303
    assert (await viewer.get(f"/views/{view}")).headers["location"] == f"/leads?view={view}&status=new"


async def test_a_shared_view_is_put_back_by_its_owner_alone(signed_in_as: SignInAs):
    owner = await signed_in_as("owner")
    view = await save(owner, "status=new", shared="true")
    await owner.post(f"/views/{view}", data={"name": "Warm", "shared": "true"})
    change = re.search(r'action="(/changes/\d+/undo)"', (await owner.get("/leads")).text)
    assert change
    member = await signed_in_as("member")
    refused = await member.post(change[1])
    assert refused.status_code == 409
    assert "Only the person who saved this view, or an owner, can change it." in refused.text


async def test_a_form_that_is_sent_twice_saves_one_view(signed_in: httpx.AsyncClient, context: AppContext):
    data = {"kind": "leads", "name": "Hot", "query": "status=new", "once": "a-token-of-this-form"}
    for _ in range(2):
        assert (await signed_in.post("/views", data=data)).status_code == 303
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM saved_views") == 1


async def test_two_people_change_one_view_and_the_second_sees_it(signed_in: httpx.AsyncClient):
    view = await save(signed_in, "status=new")
    assert (await signed_in.post(f"/views/{view}", data={"name": "Warm", "version": "1"})).status_code == 303
    answer = await signed_in.post(f"/views/{view}", data={"name": "Cold", "version": "1"})
    assert answer.status_code == 412
    assert "Someone changed this view" in answer.text


async def test_a_view_whose_field_is_gone_says_so_and_still_opens(signed_in: httpx.AsyncClient, lead: leads.Lead):
    view = await save(signed_in, "moon=full&status=new&columns=contact,tide&sort=-gravity&value_from=x")
    page = (await signed_in.get(f"/views/{view}", follow_redirects=True)).text
    assert "This view names “moon”, “tide”, which this list does not have. They are left out." in page
    assert "There is no such order." in page
    assert f'id="lead-{lead.id}"' in page
    assert headings(page) == ["Title", "Contact"]


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "leads", "name": ""}, {"kind": "moons", "name": "x"}, {"name": "x"},
        {"kind": "leads", "name": "x" * 61},
        {"kind": "leads", "name": "x", "query": "q=" + "a" * 4000}, {"kind": "leads", "name": "x", "query": "q=a b"},
    ],
)  # fmt: skip
async def test_a_view_that_makes_no_sense_is_refused(signed_in: httpx.AsyncClient, data: dict[str, str]):
    assert (await signed_in.post("/views", data=data)).status_code == 422


async def test_columns_are_chosen_and_put_in_order(signed_in: httpx.AsyncClient, lead: leads.Lead):
    page = (await signed_in.get("/leads?columns=budget,status,email")).text
    assert headings(page) == ["Title", "Budget", "Status", "E-mail"]
    assert "Not sure yet</td>" in page
    assert 'href="mailto:ada@acme.example"' in page

    async def arrange(**sent: Any) -> str:
        form = {"base": "status=new&columns=x", "set": "columns", "value": ["title", "status", "value"], **sent}
        return (await signed_in.get("/leads", params=form)).headers["location"]

    assert await arrange() == "/leads?status=new&columns=status%2Cvalue"
    assert await arrange(down="status") == "/leads?status=new&columns=value%2Cstatus"
    assert await arrange(up="status") == await arrange(up="title") == await arrange(up="moon") == await arrange()
    usual = [column.name for column in LEAD_COLUMNS if column.shown]
    assert await arrange(value=usual) == "/leads?status=new"


@pytest.mark.parametrize("plural", [*COLUMNS])
async def test_every_column_can_be_shown_and_those_that_sort_do(
    signed_in: httpx.AsyncClient, lead: leads.Lead, plural: str
):
    every = COLUMNS[plural]
    page = (await signed_in.get(f"/{plural}?columns={','.join(column.name for column in every)}")).text
    assert headings(page) == [column.label for column in every]
    assert "left out" not in page
    for column in every:
        if column.sort:
            sorted_by = await signed_in.get(f"/{plural}?sort=-{column.sort}&columns={column.name}")
            assert sorted_by.status_code == 200
            assert 'aria-sort="descending"' in sorted_by.text
