"""The owner of a lead: who can be one, several at once, who is told, and mine or everybody's."""

from __future__ import annotations

import re
from urllib.parse import unquote

import due_jobs
import factories
import httpx
import pytest

from crm.accounts import auth
from crm.accounts.auth import User
from crm.kernel.actor import VISITOR
from crm.kernel.app_context import AppContext
from crm.kernel.errors import ValidationError
from crm.records import leads


@pytest.fixture
async def bob(clean: AppContext) -> User:
    async with clean.db.transaction() as conn:
        return await factories.create_user(conn, "Bob Stone", role="member")


async def add(context: AppContext, name: str, owner: int | None = None) -> leads.Lead:
    async with context.db.transaction() as conn:
        return await leads.create(conn, leads.NewLead(name=name, owner_id=owner), by=VISITOR, channel="site")


async def read_mails(context: AppContext) -> list[tuple[str, str, str]]:
    await due_jobs.run(context)
    async with context.db.connection() as conn:
        return [tuple(row) for row in await conn.fetch("SELECT recipient, subject, body FROM mails ORDER BY id")]


async def read_owners(context: AppContext) -> dict[str, int | None]:
    async with context.db.connection() as conn:
        return {row["name"]: row["owner_id"] for row in await conn.fetch("SELECT name, owner_id FROM leads")}


def undo_of(answer: httpx.Response) -> str:
    return unquote(answer.headers["set-cookie"].partition(";")[0]).rpartition("\n")[2]


async def test_a_new_owner_gets_one_mail(signed_in: httpx.AsyncClient, clean: AppContext, bob: User) -> None:
    lead = await add(clean, "Grace Hopper")
    form = {"field": "owner_id", "value": str(bob.id), "was": ""}
    assert (await signed_in.post(f"/leads/{lead.id}/field", data=form)).status_code == 303
    ((recipient, subject, body),) = await read_mails(clean)
    assert (recipient, subject) == ("bob@crm.test", "Yours now: Grace Hopper")
    assert body == f"Ada Lovelace made you the owner of this lead.\n\nGrace Hopper\nhttp://crm.test/leads/{lead.id}\n"


async def test_nobody_gets_mail_about_their_own_doing(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    lead = await add(clean, "Grace Hopper")
    async with clean.db.connection() as conn:
        ada = await auth.find_by_email(conn, "ada@crm.test")
    assert ada
    await signed_in.post(f"/leads/{lead.id}/field", data={"field": "owner_id", "value": str(ada.id), "was": ""})
    assert (await read_owners(clean))["Grace Hopper"] == ada.id
    assert await read_mails(clean) == []


async def test_several_leads_are_assigned_with_one_mail_and_given_back(
    signed_in: httpx.AsyncClient, clean: AppContext, bob: User
) -> None:
    picked = [await add(clean, name) for name in ("One", "Two")]
    form = {"action": "assign", "owner_id": str(bob.id), "pick": [str(lead.id) for lead in picked]}
    answer = await signed_in.post("/leads/bulk", data=form)
    assert await read_owners(clean) == {"One": bob.id, "Two": bob.id}
    ((_, subject, body),) = await read_mails(clean)
    assert subject == "2 leads are yours now"
    assert "One\n" in body and "Two\n" in body
    assert "2 leads assigned to Bob Stone." in (await signed_in.get("/leads")).text
    assert (await signed_in.post(undo_of(answer))).status_code == 303
    assert await read_owners(clean) == {"One": None, "Two": None}


async def test_undo_leaves_a_lead_that_has_another_owner_since(
    signed_in: httpx.AsyncClient, clean: AppContext, bob: User
) -> None:
    lead = await add(clean, "One")
    answer = await signed_in.post(
        "/leads/bulk", data={"action": "assign", "owner_id": str(bob.id), "pick": str(lead.id)}
    )  # fmt: skip
    async with clean.db.transaction() as conn:
        eve = await factories.create_user(conn, "Eve")
        await leads.change(conn, await leads.get(conn, lead.id), leads.ChangeLead(owner_id=eve.id), by=bob.actor)
    await signed_in.post(undo_of(answer))
    assert await read_owners(clean) == {"One": eve.id}


async def test_only_somebody_who_can_work_on_leads_owns_one(
    signed_in: httpx.AsyncClient, clean: AppContext, bob: User
) -> None:
    lead = await add(clean, "Grace Hopper")
    async with clean.db.transaction() as conn:
        reader = await factories.create_user(conn, "Rita Reader", role="viewer")
        await conn.execute("UPDATE users SET disabled_at = now() WHERE id = $1", bob.id)
    page = (await signed_in.get(f"/leads/{lead.id}")).text
    menu = page.partition('title="Change owner"')[2].partition("</details>")[0]
    assert "Ada Lovelace" in menu
    assert "Bob" not in menu and "Rita" not in menu
    async with clean.db.transaction() as conn:
        for user in (reader, bob):
            with pytest.raises(ValidationError, match="cannot own leads"):
                await leads.change(conn, lead, leads.ChangeLead(owner_id=user.id), by=VISITOR)
            with pytest.raises(ValidationError, match="cannot own leads"):
                await leads.create(conn, leads.NewLead(name="New", owner_id=user.id), by=VISITOR, channel="site")
    answer = await signed_in.post(
        "/leads/bulk", data={"action": "assign", "owner_id": str(bob.id), "pick": str(lead.id)}
    )  # fmt: skip
    assert answer.status_code == 303
    assert await read_owners(clean) == {"Grace Hopper": None}


async def test_the_lead_of_a_former_colleague_can_be_edited(
    signed_in: httpx.AsyncClient, clean: AppContext, bob: User
) -> None:
    lead = await add(clean, "Grace Hopper", bob.id)
    async with clean.db.transaction() as conn:
        await conn.execute("UPDATE users SET disabled_at = now() WHERE id = $1", bob.id)
    form = (await signed_in.get(f"/leads/{lead.id}/edit")).text
    assert "Bob Stone (no longer)" in form
    saved = await signed_in.post(f"/leads/{lead.id}/field", data={"field": "hours", "value": "4", "was": "0"})
    assert saved.status_code == 303
    assert (await read_owners(clean))["Grace Hopper"] == bob.id


async def add_one_each(context: AppContext, bob: User) -> User:
    """A lead of Ada's, named Hers, and one of Bob's, named His. Returns Ada."""
    async with context.db.connection() as conn:
        ada = await auth.find_by_email(conn, "ada@crm.test")
    assert ada
    await add(context, "Hers", ada.id)
    await add(context, "His", bob.id)
    return ada


async def test_mine_is_remembered_and_everybody_brings_all_back(
    signed_in: httpx.AsyncClient, clean: AppContext, bob: User
) -> None:
    ada = await add_one_each(clean, bob)
    everything = (await signed_in.get("/leads")).text
    assert "Hers" in everything and "His" in everything
    chosen = await signed_in.get("/leads?whose=mine&sort=title")
    assert chosen.headers["location"] == f"/leads?sort=title&owner_id={ada.id}"
    mine = (await signed_in.get(chosen.headers["location"])).text
    assert "Hers" in mine and ">His<" not in mine
    assert (await signed_in.get("/leads")).headers["location"] == f"/leads?owner_id={ada.id}"
    assert (await signed_in.get(f"/leads?owner_id={bob.id}")).status_code == 200
    back = await signed_in.get(f"/leads?whose=everybody&owner_id={ada.id}")
    assert back.headers["location"] == "/leads"
    assert "His" in (await signed_in.get("/leads")).text


async def test_today_shows_mine_and_its_numbers_open_the_same_rows(
    signed_in: httpx.AsyncClient, clean: AppContext, bob: User
) -> None:
    ada = await add_one_each(clean, bob)
    assert "2 enquiries to answer" in (await signed_in.get("/")).text
    mine = (await signed_in.get("/?whose=mine")).text
    assert "1 enquiry to answer" in mine
    assert ">His<" not in mine
    assert "1 enquiry to answer" in (await signed_in.get("/")).text
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/leads\?segment=[^"]+)"', mine)]
    assert links
    assert all(f"owner_id={ada.id}" in link for link in links)
    rows = (await signed_in.get(links[0])).text
    assert "Hers" in rows and ">His<" not in rows
    assert "2 enquiries to answer" in (await signed_in.get("/?whose=everybody")).text
