"""People make keys, see them once, and revoke them."""

from __future__ import annotations

import re
from datetime import timedelta

import factories
import httpx

from crm.accounts.api_keys import queries
from crm.kernel import clock
from crm.kernel.app_context import AppContext


async def test_a_key_is_shown_once_and_works(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    form = {"name": "Nightly report", "scopes": ["leads:read", "contacts:read"], "expires": "90"}
    start = clock.now()
    with clock.at(start):
        made = await signed_in.post("/settings/keys", data=form)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    found = re.search(r"oct_[\w-]{43}", made.text)
    assert found
    secret = found.group()
    me = (await signed_in.get("/api/v1/me", headers={"authorization": f"Bearer {secret}"})).json()
    assert (me["name"], me["scopes"]) == ("Nightly report", ["leads:read", "contacts:read"])
    for address in ("/settings/keys", "/settings/keys/new"):
        assert secret not in (await signed_in.get(address)).text
    async with clean.db.connection() as connection:
        (key,) = await queries.list_keys(connection)
    assert key.expires_at == start + timedelta(days=90)
    record = (await signed_in.get(f"/settings/keys/{key.id}")).text
    assert secret not in record
    assert f"oct_…{secret[-4:]}" in record


async def test_a_key_need_not_expire(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    await signed_in.post("/settings/keys", data={"name": "For good", "expires": "never"})
    async with clean.db.connection() as connection:
        (key,) = await queries.list_keys(connection)
    assert key.expires_at is None
    assert key.scopes == []


async def test_a_wrong_form_keeps_what_was_ticked(signed_in: httpx.AsyncClient) -> None:
    answer = await signed_in.post("/settings/keys", data={"name": "", "scopes": "leads:write", "expires": "90"})
    assert answer.status_code == 422
    assert re.search(r'value="leads:write"[^>]* checked', answer.text)
    assert not re.search(r'value="leads:read"[^>]* checked', answer.text)


async def test_a_scope_there_is_none_of_is_refused(signed_in: httpx.AsyncClient) -> None:
    answer = await signed_in.post("/settings/keys", data={"name": "A", "scopes": "leads:fly", "expires": "90"})
    assert answer.status_code == 422
    assert "Unknown scope: leads:fly" in answer.text


async def test_revoking_asks_for_the_name(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    async with clean.db.transaction() as connection:
        key, _ = await factories.create_api_key(connection, name="Nightly report")
    answer = await signed_in.post(f"/settings/keys/{key.id}/revoke", data={"name": "nightly"})
    assert answer.status_code == 422
    assert "Type the name exactly: Nightly report" in answer.text
    assert "Active" in (await signed_in.get("/settings/keys")).text
    done = await signed_in.post(f"/settings/keys/{key.id}/revoke", data={"name": "Nightly report"})
    assert done.headers["location"] == "/settings/keys"
    page = (await signed_in.get("/settings/keys")).text
    assert "Revoked" in page
    assert "Key “Nightly report” revoked." in page


async def test_an_expired_key_is_shown_as_such(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    with clock.at(clock.now() - timedelta(days=2)):
        async with clean.db.transaction() as connection:
            await factories.create_api_key(connection, expires_at=clock.now() + timedelta(days=1))
    assert "Expired" in (await signed_in.get("/settings/keys")).text


async def test_a_key_there_is_none_of_is_not_found(signed_in: httpx.AsyncClient) -> None:
    assert (await signed_in.get("/settings/keys/999999")).status_code == 404
    assert (await signed_in.get("/settings/keys/99999999999999999999")).status_code == 404
    assert (await signed_in.post("/settings/keys/999999/revoke", data={"name": "x"})).status_code == 404


async def test_without_keys_the_page_says_what_they_are(signed_in: httpx.AsyncClient) -> None:
    assert "No API keys yet" in (await signed_in.get("/settings/keys")).text
