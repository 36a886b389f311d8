"""One press stores one row, whatever list the page came from and however often the button is pressed."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import quote

import factories
import httpx
import pytest
from conftest import ORIGIN

from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads


async def add_lead(context: AppContext) -> leads.Lead:
    async with context.db.transaction() as conn:
        return await leads.create(conn, leads.NewLead(name="Zoë Quine"), by=SYSTEM)


async def count(context: AppContext, rows: str) -> int:
    async with context.db.connection() as conn:
        number: int = await conn.fetchval(f"SELECT count(*) FROM {rows}")
        return number


def read_hidden(page: httpx.Response, action: str) -> dict[str, str]:
    """The hidden fields of the form with this action, as a browser sends them."""
    form = re.search(rf'<form[^>]* method="post" action="{action}".*?</form>', page.text, re.DOTALL)
    assert form is not None, action
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))


@pytest.mark.parametrize("query", ["~50", "50%", "ü", "a&b", "'\"<>", "東京", "…", "\\", "x" * 200, "😀" * 200])
async def test_a_note_on_a_lead_from_any_list_is_stored_once_and_leads_back(
    signed_in: httpx.AsyncClient, context: AppContext, query: str
):
    lead = await add_lead(context)
    page = await signed_in.get(f"/leads/{lead.id}?q={quote(query)}")
    values = read_hidden(page, "/activities") | {"kind": "note", "body": "Called back"}
    answer = await signed_in.post("/activities", data={**values, "back": values["back"].replace("&amp;", "&")})
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, f"/leads/{lead.id}")
    assert (await signed_in.get(answer.headers["location"])).status_code == 200
    assert await count(context, "activities WHERE kind = 'note'") == 1


@pytest.mark.parametrize("path", ["/leads/{id}/done", "/leads/{id}/delete", "/activities", "/today/{id}/snooze"])
async def test_a_page_whose_query_cannot_be_read_changes_nothing(
    signed_in: httpx.AsyncClient, context: AppContext, path: str
):
    lead = await add_lead(context)
    note = {"lead_id": str(lead.id), "kind": "note", "body": "x", "back": f"/leads/{lead.id}"}
    answer = await signed_in.post(f"{path.format(id=lead.id)}?q=%00", data=note)
    assert answer.status_code == 400
    assert await count(context, "activities WHERE kind = 'note'") == 0
    assert await count(context, "leads WHERE next_action = ''") == 1


async def test_a_note_about_what_was_deleted_is_not_stored_and_not_lost(
    signed_in: httpx.AsyncClient, context: AppContext
):
    note = {"lead_id": "4711", "kind": "note", "body": "A long call", "back": "/leads/4711"}
    answer = await signed_in.post("/activities", data=note)
    assert answer.status_code == 422
    assert "There is no such lead." in answer.text
    assert "A long call" in answer.text


NEW = {
    "/leads": ("/leads/new", {"name": "Ada"}, "leads"),
    "/contacts": ("/contacts/new", {"name": "Ada"}, "contacts"),
    "/companies": ("/companies/new", {"name": "Acme"}, "companies"),
    "/settings/webhooks": (
        "/settings/webhooks/new",
        {"name": "Books", "url": "https://hooks.example/in", "events": "lead.created"},
        "webhooks",
    ),
    "/settings/notifications": (
        "/settings/notifications/new?service=email",
        {"name": "Mail", "email": "ada@crm.test", "events": "lead.created"},
        "channels",
    ),
}


@pytest.mark.parametrize("action", NEW)
async def test_a_form_pressed_twice_creates_one_record_and_both_presses_lead_to_it(
    signed_in: httpx.AsyncClient, context: AppContext, action: str
):
    path, typed, table = NEW[action]
    values = read_hidden(await signed_in.get(path), action) | typed
    first, second = await asyncio.gather(*(signed_in.post(action, data=values) for _ in range(2)))
    assert await count(context, table) == 1
    assert {first.status_code, second.status_code} <= {201, 303}
    again = await signed_in.post(action, data=values)
    assert again.status_code == 303
    assert (await signed_in.get(again.headers["location"])).status_code == 200


async def test_an_api_key_pressed_twice_is_one_key_and_both_presses_show_it(
    signed_in: httpx.AsyncClient, context: AppContext
):
    values = read_hidden(await signed_in.get("/settings/keys/new"), "/settings/keys")
    values |= {"name": "Nightly report", "scopes": "leads:read", "expires": "90"}
    answers = await asyncio.gather(*(signed_in.post("/settings/keys", data=values) for _ in range(2)))
    answers.append(await signed_in.post("/settings/keys", data=values))
    assert await count(context, "api_keys") == 1
    (secret,) = {re.findall(r"oct_[\w-]{43}", answer.text)[0] for answer in answers}
    me = await signed_in.get("/api/v1/me", headers={"authorization": f"Bearer {secret}"})
    assert me.json()["name"] == "Nightly report"


async def test_the_form_of_an_api_key_shown_anew_gives_another_key(signed_in: httpx.AsyncClient, context: AppContext):
    for _ in range(2):
        values = read_hidden(await signed_in.get("/settings/keys/new"), "/settings/keys")
        await signed_in.post("/settings/keys", data=values | {"name": "Nightly report", "expires": "90"})
    assert await count(context, "api_keys") == 2


async def test_a_note_pressed_twice_is_one_note_and_written_twice_is_two(
    signed_in: httpx.AsyncClient, context: AppContext
):
    lead = await add_lead(context)
    for _ in range(2):
        values = read_hidden(await signed_in.get(f"/leads/{lead.id}"), "/activities")
        for _ in range(2):
            answer = await signed_in.post("/activities", data=values | {"kind": "note", "body": "Called back"})
            assert answer.status_code == 303
    assert await count(context, "activities WHERE kind = 'note'") == 2


async def test_going_back_and_writing_something_else_is_a_second_note(
    signed_in: httpx.AsyncClient, context: AppContext
):
    lead = await add_lead(context)
    values = read_hidden(await signed_in.get(f"/leads/{lead.id}"), "/activities")
    for body in ("Called back", "Called again"):
        await signed_in.post("/activities", data=values | {"kind": "note", "body": body})
    assert await count(context, "activities WHERE kind = 'note'") == 2


async def test_a_press_that_failed_may_be_pressed_again(signed_in: httpx.AsyncClient, context: AppContext):
    values = read_hidden(await signed_in.get("/companies/new"), "/companies") | {"domain": "acme.example"}
    async with context.db.transaction() as conn:
        await factories.create_user(conn, "Grace Hopper")
    assert (await signed_in.post("/companies", data=values)).status_code == 422
    answer = await signed_in.post("/companies", data=values | {"name": "Acme"}, headers={"origin": ORIGIN})
    assert answer.status_code == 303
    assert await count(context, "companies") == 1


async def test_a_secret_rotated_by_a_double_press_is_rotated_once(signed_in: httpx.AsyncClient, context: AppContext):
    async with context.db.transaction() as conn:
        webhook, _ = await factories.create_webhook(conn, context, "https://hooks.example/in", "*")
    url = f"/settings/webhooks/{webhook.id}"
    values = read_hidden(await signed_in.get(url), f"{url}/rotate")
    first = await signed_in.post(f"{url}/rotate", data=values)
    second = await signed_in.post(f"{url}/rotate", data=values)
    assert (first.status_code, second.status_code) == (200, 303)
    assert await count(context, f"webhooks WHERE version = {webhook.version + 1}") == 1


@pytest.mark.parametrize("kind", ["webhooks", "notifications"])
async def test_a_test_sent_by_a_double_press_is_one_message(
    signed_in: httpx.AsyncClient, context: AppContext, kind: str
):
    async with context.db.transaction() as conn:
        webhook, _ = await factories.create_webhook(conn, context, "https://hooks.example/in", "*")
        channel = await factories.create_channel(conn, context)
    url = f"/settings/{kind}/{webhook.id if kind == 'webhooks' else channel.id}"
    values = read_hidden(await signed_in.get(url), f"{url}/test")
    for _ in range(2):
        assert (await signed_in.post(f"{url}/test", data=values)).status_code == 303
    assert await count(context, {"webhooks": "webhook_deliveries"}.get(kind, kind)) == 1
