"""What each user hears of, and where: the events and the channel that they choose for themselves."""

from __future__ import annotations

import due_jobs
import factories
import httpx
import pytest

from crm.accounts.auth import User
from crm.kernel.actor import VISITOR
from crm.kernel.app_context import AppContext
from crm.outbound.notifications import personal, queries
from crm.records import leads

URL = "/profile/notifications"
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"


async def capture_lead(context: AppContext, name: str = "Grace Hopper") -> leads.Lead:
    form = leads.NewLead(name=name, email="grace@navy.example")
    async with context.db.transaction() as conn:
        return await leads.create(conn, form, by=VISITOR, channel="site")


async def read_mails(context: AppContext) -> list[tuple[str, str]]:
    await due_jobs.run(context)
    async with context.db.connection() as conn:
        return [tuple(row) for row in await conn.fetch("SELECT recipient, subject FROM mails ORDER BY id")]


async def read_waiting(context: AppContext) -> list[tuple[str, str]]:
    """The service and title of each notification."""
    async with context.db.connection() as conn:
        rows = await conn.fetch(
            "SELECT service, title FROM notifications JOIN channels ON channels.id = channel_id"
            " ORDER BY notifications.id"
        )
    return [tuple(row) for row in rows]


async def assign(client: httpx.AsyncClient, lead: leads.Lead, owner: User) -> None:
    form = {"field": "owner_id", "value": str(owner.id), "was": ""}
    assert (await client.post(f"/leads/{lead.id}/field", data=form)).status_code == 303


@pytest.fixture
async def bob(clean: AppContext) -> User:
    async with clean.db.transaction() as conn:
        return await factories.create_user(conn, "Bob Stone", role="member")


async def choose(context: AppContext, user: User, *events: str, target: str = "") -> None:
    """What the user has chosen on the page."""
    async with context.db.transaction() as conn:
        await personal.save(conn, context, user, target=target, events=events, by=user.actor)


async def test_without_a_choice_somebody_hears_of_new_leads_of_theirs_only(signed_in: httpx.AsyncClient) -> None:
    page = (await signed_in.get(URL)).text
    assert page.count(" checked") == 1
    assert 'value="lead.assigned" checked' in page
    assert "Now: E-mail ada@crm.test." in page


async def test_somebody_hears_of_the_events_that_they_chose(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    await capture_lead(clean, "Before")
    saved = await signed_in.post(URL, data={"events": ["lead.created", "submission.failed"], "target": ""})
    assert (saved.status_code, saved.headers["location"]) == (303, URL)
    await capture_lead(clean)
    assert await read_mails(clean) == [("ada@crm.test", "New lead: Grace Hopper")]
    page = (await signed_in.get(URL)).text
    assert page.count(" checked") == 2
    assert "New lead: Grace Hopper" in page
    assert "Ada Lovelace" not in (await signed_in.get("/settings/notifications")).text.split("<main")[1]


async def test_a_new_lead_of_theirs_arrives_on_their_own_channel_once(
    signed_in: httpx.AsyncClient, clean: AppContext, bob: User
) -> None:
    await choose(clean, bob, "lead.assigned", target=DISCORD)
    await assign(signed_in, await capture_lead(clean, "[Open](https://evil.example)"), bob)
    assert await read_waiting(clean) == [("discord", "Yours now: ［Open］(https://evil.example)")]
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'mail_new_owner'") == 0


async def test_several_new_leads_are_one_message(signed_in: httpx.AsyncClient, clean: AppContext, bob: User) -> None:
    await choose(clean, bob, "lead.assigned", target="bob@phone.example")
    picked = [str((await capture_lead(clean, name)).id) for name in ("Grace Hopper", "Jean Bartik")]
    moved = await signed_in.post("/leads/bulk", data={"pick": picked, "action": "assign", "owner_id": str(bob.id)})
    assert moved.status_code == 303
    assert await read_mails(clean) == [("bob@phone.example", "2 leads are yours now")]


async def test_who_wants_to_hear_of_nothing_hears_of_nothing(
    signed_in: httpx.AsyncClient, clean: AppContext, bob: User
) -> None:
    await choose(clean, bob)
    await assign(signed_in, await capture_lead(clean), bob)
    assert await read_mails(clean) == []
    answer = await signed_in.post(URL, data={"target": ""})
    assert answer.status_code == 303
    assert " checked" not in (await signed_in.get(URL)).text


async def test_nobody_hears_of_what_they_did_themselves(signed_in_as, clean: AppContext) -> None:
    member = await signed_in_as("member")
    await member.post(URL, data={"events": ["lead.created", "lead.status_changed"], "target": ""})
    added = await member.post("/leads", data={"name": "Grace Hopper", "once": "x"})
    assert added.status_code == 303
    assert await read_mails(clean) == []


async def test_a_wrong_address_is_explained_and_the_choice_kept(signed_in: httpx.AsyncClient) -> None:
    for target in ("no address", "https://evil.example/hook", "json://evil.example", "x" * 2001):
        answer = await signed_in.post(URL, data={"events": ["lead.created"], "target": target})
        assert answer.status_code == 422, target
        assert 'id="error-target"' in answer.text
        assert 'value="lead.created" checked' in answer.text
    wrong = await signed_in.post(URL, data={"events": ["lead.exploded"], "target": ""})
    assert wrong.status_code == 422


async def test_a_member_does_not_hear_of_what_only_owners_open(signed_in_as, clean: AppContext) -> None:
    member = await signed_in_as("member")
    assert "webhook.paused" not in (await member.get(URL)).text
    await member.post(URL, data={"events": ["webhook.paused", "lead.created"], "target": ""})
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT events FROM channels") == ["lead.created"]


async def test_a_test_goes_to_the_own_channel(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    assert (await signed_in.post(f"{URL}/test", data={"once": "1"})).status_code == 404
    await signed_in.post(URL, data={"events": ["lead.created"], "target": "ada@phone.example"})
    assert (await signed_in.post(f"{URL}/test", data={"once": "2"})).status_code == 303
    assert await read_mails(clean) == [("ada@phone.example", "A test from your CRM")]


async def test_a_disabled_user_hears_of_nothing_until_enabled(
    signed_in: httpx.AsyncClient, clean: AppContext, bob: User
) -> None:
    await choose(clean, bob, "lead.created")
    await signed_in.post(f"/settings/team/{bob.id}/disable", data={"successor": ""})
    await capture_lead(clean, "Meanwhile")
    await signed_in.post(f"/settings/team/{bob.id}/enable")
    await capture_lead(clean)
    assert await read_mails(clean) == [("bob@crm.test", "New lead: Grace Hopper")]


async def test_the_first_channel_of_the_team_is_made_although_somebody_has_their_own(
    clean: AppContext, bob: User
) -> None:
    await choose(clean, bob, "lead.created")
    async with clean.db.transaction() as conn:
        assert await queries.has_channels(conn) is False
