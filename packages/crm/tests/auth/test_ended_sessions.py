"""A session that ended while somebody typed: they sign in, come back to where they were, and lose nothing."""

from __future__ import annotations

import html
import re

import factories
import httpx
import pytest
from conftest import ORIGIN

from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads

ENDED = "Your session has ended."
NOTE = {"kind": "note", "body": "A long call,\nwith “quotes” & <tags>" + " and more" * 2000}


async def end_sessions(context: AppContext) -> None:
    async with context.db.connection() as conn:
        await conn.execute("DELETE FROM sessions")


async def add_lead(context: AppContext) -> int:
    async with context.db.transaction() as conn:
        return (await leads.create(conn, leads.NewLead(name="Zoë Quine"), by=SYSTEM)).id


def read_hidden(page: httpx.Response) -> dict[str, str]:
    pairs = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    return {name: html.unescape(value) for name, value in pairs}


def read_action(page: httpx.Response) -> str:
    """Where the form with the password is sent."""
    found = re.search(r'action="(/sign-in(?:/again)?)"', page.text)
    assert found is not None
    return found[1]


async def sign_in(client: httpx.AsyncClient, page: httpx.Response) -> httpx.Response:
    typed = {"email": "ada@crm.test", "password": factories.PASSWORD}
    return await client.post(read_action(page), data=read_hidden(page) | typed)


async def test_a_page_says_that_the_session_has_ended_and_opens_after_signing_in(
    signed_in: httpx.AsyncClient, context: AppContext
):
    await end_sessions(context)
    asked = await signed_in.get("/leads?status=new&sort=name")
    page = await signed_in.get(asked.headers["location"])
    assert ENDED in page.text
    assert (await sign_in(signed_in, page)).headers["location"] == "/leads?status=new&sort=name"


async def test_what_was_typed_is_kept_while_somebody_signs_in_again(signed_in: httpx.AsyncClient, context: AppContext):
    lead_id = await add_lead(context)
    back = f"/leads/{lead_id}?status=new"
    await end_sessions(context)
    sent = NOTE | {"lead_id": str(lead_id), "back": back}
    answer = await signed_in.post("/activities", data=sent, headers={"referer": f"{ORIGIN}{back}"})
    assert answer.status_code == 307
    # A browser sends the same body to the URL of a 307.
    page = await signed_in.post(answer.headers["location"], data=sent, headers={"referer": f"{ORIGIN}{back}"})
    assert f"{ENDED} Sign in to go on. What you typed is kept." in page.text
    wrong = await signed_in.post(
        read_action(page), data=read_hidden(page) | {"email": "ada@crm.test", "password": "wrong"}
    )
    again = await sign_in(signed_in, wrong)
    assert again.status_code == 200
    assert html.escape("with “quotes” & <tags>", quote=False) in again.text
    assert f'href="{back}"' in again.text
    assert 'action="/activities"' in again.text
    saved = await signed_in.post("/activities", data=read_hidden(again))
    assert saved.headers["location"] == back
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT body FROM activities WHERE kind = 'note'") == NOTE["body"]


async def test_a_button_without_a_text_leads_to_the_sign_in_page(signed_in: httpx.AsyncClient, context: AppContext):
    lead_id = await add_lead(context)
    await end_sessions(context)
    answer = await signed_in.post(f"/leads/{lead_id}/delete")
    assert answer.headers["location"] == "/sign-in?ended=true"
    assert ENDED in (await signed_in.get(answer.headers["location"])).text


async def test_a_fragment_of_a_page_says_so_and_leaves_the_page_alone(
    signed_in: httpx.AsyncClient, context: AppContext
):
    await end_sessions(context)
    answer = await signed_in.post("/activities", data=NOTE, headers={"hx-request": "true"})
    assert answer.status_code == 401
    assert 'id="error-detail"' in answer.text
    assert "Sign in in another tab, then try again. What you typed is still here." in answer.text


@pytest.mark.parametrize(("path", "kept"), [("/profile/password", False), ("/sign-out", False), ("/profile", True)])
async def test_passwords_are_not_kept(signed_in: httpx.AsyncClient, context: AppContext, path: str, kept: bool):
    await end_sessions(context)
    sent = {"name": "Ada", "current": factories.PASSWORD}
    answer = await signed_in.post(path, data=sent)
    page = await signed_in.post(answer.headers["location"], data=sent)
    assert ENDED in page.text
    assert ("kept" in read_hidden(page)) is kept


async def test_a_kept_form_is_sent_to_our_own_pages_only(signed_in: httpx.AsyncClient, context: AppContext):
    page = await signed_in.post("/sign-in/again?to=https%3A%2F%2Fevil.example%2F", data=NOTE)
    assert "kept" not in read_hidden(page)
    forged = {"to": "https://evil.example/", "kept": "Ym9keT14"}
    typed = {"email": "ada@crm.test", "password": factories.PASSWORD}
    answer = await signed_in.post("/sign-in", data=forged | typed)
    assert "evil.example" not in answer.text


async def test_a_form_too_large_to_keep_says_only_that_the_session_has_ended(
    signed_in: httpx.AsyncClient, context: AppContext
):
    page = await signed_in.post("/sign-in/again?to=%2Fleads", data={"message": "x" * 200_000})
    assert page.status_code == 200
    assert ENDED in page.text
    assert "kept" not in read_hidden(page)
