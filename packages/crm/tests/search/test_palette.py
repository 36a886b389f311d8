"""The command palette and the search page behind it: commands by role, recent records, prefixes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from html import unescape

import httpx
import pytest

from crm.accounts.permissions import ALLOWED, Role
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads
from crm.workspace.search.commands import ACTIONS, MANAGED
from crm.workspace.search.pages import Question, read_question

SignInAs = Callable[[Role], Awaitable[httpx.AsyncClient]]
PALETTE = {"hx-request": "true"}


async def read_options(client: httpx.AsyncClient, query: str = "") -> list[tuple[str, str]]:
    """The options of the palette: the URL and the title of each."""
    answer = await client.get("/search", params={"q": query}, headers=PALETTE)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    found = re.findall(r'role="option"[^>]* href="([^"]+)">.*?<span dir="auto">([^<]+)</span>', answer.text)
    return [(unescape(path), unescape(title)) for path, title in found]


async def create_lead(context: AppContext, name: str = "Ada Lovelace") -> leads.Lead:
    async with context.db.transaction() as conn:
        return await leads.create(conn, leads.NewLead(name=name, company="Engines"), by=SYSTEM, channel="manual")


async def test_without_words_it_offers_the_actions_of_every_day(signed_in: httpx.AsyncClient):
    assert [title for _, title in await read_options(signed_in)] == [each.title for each in ACTIONS]


async def test_records_that_were_opened_come_first_the_last_one_on_top(
    signed_in: httpx.AsyncClient, context: AppContext
):
    first, second = await create_lead(context), await create_lead(context, "Grace Hopper")
    for path in (f"/leads/{first.id}", f"/leads/{second.id}", f"/contacts/{first.contact_id}", f"/leads/{first.id}"):
        if "None" not in path:
            await signed_in.get(path)
    paths = [path for path, _ in await read_options(signed_in)]
    assert paths[0] == f"/leads/{first.id}"
    assert f"/leads/{second.id}" in paths[:3]
    assert paths.count(f"/leads/{first.id}") == 1
    page = (await signed_in.get("/search")).text
    assert page.index("Recent") < page.index(f'href="/leads/{first.id}"') < page.index("Actions")


async def test_a_record_that_is_gone_is_no_longer_recent(signed_in: httpx.AsyncClient, context: AppContext):
    lead = await create_lead(context)
    await signed_in.get(f"/leads/{lead.id}")
    await signed_in.post(f"/leads/{lead.id}/delete")
    assert f"/leads/{lead.id}" not in [path for path, _ in await read_options(signed_in)]


async def test_what_somebody_else_opened_in_this_browser_is_not_shown(signed_in_as: SignInAs, context: AppContext):
    lead = await create_lead(context)
    await (await signed_in_as("owner")).get(f"/leads/{lead.id}")
    other = await signed_in_as("member")
    assert f"/leads/{lead.id}" not in [path for path, _ in await read_options(other)]


@pytest.mark.parametrize("value", ["", "x", "1:leads", "1:leads-0000", "1:moons-1", "9" * 30, "1:" + "leads-1." * 30])
async def test_a_cookie_that_makes_no_sense_is_ignored(signed_in: httpx.AsyncClient, value: str):
    signed_in.cookies.set("recent", value, domain="crm.test")
    assert len(await read_options(signed_in)) == len(ACTIONS)


@pytest.mark.parametrize("role", [*ALLOWED])
async def test_each_role_gets_the_commands_that_it_may_use_and_each_opens(signed_in_as: SignInAs, role: Role):
    person = await signed_in_as(role)
    offered = {title: path for path, title in await read_options(person, ">")}
    assert ("New lead" in offered) == (role != "viewer")
    assert ("Invite to the team" in offered) == ("Webhooks" in offered) == (role == "owner")
    assert {"Go to Today", "Profile", "Trash"} <= {*offered}
    for path in offered.values():
        assert (await person.get(path)).status_code in (200, 303), path
    if role == "owner":
        assert {each.title for each in (*ACTIONS, *MANAGED)} <= {*offered}


async def test_every_word_must_begin_a_word_of_a_command_or_of_what_people_call_it(signed_in: httpx.AsyncClient):
    assert ("/leads/new", "New lead") in await read_options(signed_in, "lea new")
    assert ("/leads/new", "New lead") in await read_options(signed_in, "> CREATE opp")
    assert ("/settings/webhooks", "Webhooks") in await read_options(signed_in, "webh")
    assert await read_options(signed_in, ">zeppelin") == []


def test_a_prefix_tells_what_is_searched():
    assert read_question("ada") == Question("ada")
    assert read_question("> new lead") == Question("new lead", kinds=())
    assert read_question("@ada") == Question("ada", kinds=("contacts",), commands=False)
    assert read_question("ada@engine.example") == Question("ada@engine.example")


async def test_records_are_found_beside_commands_and_prefixes_narrow_them(
    signed_in: httpx.AsyncClient, context: AppContext
):
    async with context.db.transaction() as conn:
        form = leads.NewLead(name="Newton", email="newton@engine.example", message="A new engine")
        lead = await leads.create(conn, form, by=SYSTEM, channel="manual")
    paths = [path for path, _ in await read_options(signed_in, "new")]
    assert paths.index("/leads/new") < paths.index(f"/leads/{lead.id}") < paths.index("/search?q=new")
    assert f"/contacts/{lead.contact_id}" in paths
    assert [path for path, _ in await read_options(signed_in, "@newt")] == [
        f"/contacts/{lead.contact_id}", "/search?q=%40newt"
    ]  # fmt: skip
    assert f"/leads/{lead.id}" not in [path for path, _ in await read_options(signed_in, ">new")]


async def test_the_page_without_a_script_finds_the_same(signed_in: httpx.AsyncClient, context: AppContext):
    lead = await create_lead(context)
    page = (await signed_in.get("/search", params={"q": "eng"})).text
    assert f'href="/leads/{lead.id}"' in page
    assert 'href="/settings/keys"' in (await signed_in.get("/search", params={"q": ">api keys"})).text
    assert "Nothing matches “&gt;zeppelin”" in (await signed_in.get("/search", params={"q": ">zeppelin"})).text


async def test_the_keys_have_a_page_of_their_own(signed_in: httpx.AsyncClient):
    page = (await signed_in.get("/shortcuts")).text
    assert "<h1>Keyboard shortcuts</h1>" in page
    assert page.count("Open the command palette") == 2  # also in the dialog
