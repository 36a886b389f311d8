"""Sensitive changes ask for the password again."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import factories
import httpx
import pytest

from crm import routes
from crm.accounts.auth.confirm import CONFIRMED_FOR
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.workspace import layout

PASSWORD = {"password": factories.PASSWORD}
SENSITIVE = [route for route in routes.table() if route.access in (layout.sensitive, layout.sensitive_own)]


@pytest.fixture
async def later(signed_in: httpx.AsyncClient, clean: AppContext) -> httpx.AsyncClient:
    """Ada, who typed her password some time ago."""
    async with clean.db.transaction() as connection:
        before = clock.now() - CONFIRMED_FOR - timedelta(seconds=1)
        await connection.execute("UPDATE sessions SET confirmed_at = $1", before)
    return signed_in


def test_changes_of_the_team_and_of_what_leaves_the_system_are_sensitive() -> None:
    paths = {f"{route.method} {route.path}" for route in SENSITIVE}
    assert {"POST /settings/keys", "POST /settings/team", "POST /settings/team/{id:id}/disable"} <= paths
    assert {"POST /settings/webhooks", "POST /settings/notifications", "GET /settings/data/export.zip"} <= paths


async def test_every_sensitive_route_asks_for_the_password(later: httpx.AsyncClient) -> None:
    for route in SENSITIVE:
        path = route.path.replace("{id:id}", "1")
        answer = await later.request(route.method, path, data={"name": "x"} if route.method == "POST" else {})
        assert answer.status_code in (303, 307), path
        assert answer.headers["location"].startswith("/confirm"), path


async def test_the_password_opens_the_page_and_is_not_asked_for_again(later: httpx.AsyncClient) -> None:
    asked = await later.get("/settings/keys/new?from=x")
    assert asked.headers["location"] == "/confirm?next=%2Fsettings%2Fkeys%2Fnew%3Ffrom%3Dx"
    form = await later.get(asked.headers["location"])
    assert 'value="/settings/keys/new?from=x"' in form.text
    answer = await later.post("/confirm", data={**PASSWORD, "next": "/settings/keys/new?from=x"})
    assert answer.headers["location"] == "/settings/keys/new?from=x"
    assert (await later.get("/settings/keys/new")).status_code == 200


async def test_a_form_is_kept_and_sent_afterwards(later: httpx.AsyncClient, clean: AppContext) -> None:
    asked = await later.post("/settings/team", data={"email": "grace@crm.test", "role": "viewer"})
    kept = await later.post(asked.headers["location"], data={"email": "grace@crm.test", "role": "viewer"})
    hidden = {name: unescape(value) for name, value in
              re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', kept.text)}  # fmt: skip
    again = await later.post("/confirm", data={**PASSWORD, **hidden})
    assert again.status_code == 200
    assert "grace@crm.test" in again.text
    assert 'action="/settings/team"' in again.text
    assert (await later.post("/settings/team", data={"email": "grace@crm.test", "role": "viewer"})).status_code == 303


async def test_a_wrong_password_confirms_nothing_and_is_throttled(later: httpx.AsyncClient) -> None:
    for _ in range(5):
        wrong = await later.post("/confirm", data={"password": "not her password"})
        assert (wrong.status_code, "Wrong password." in wrong.text) == (422, True)
    blocked = await later.post("/confirm", data=PASSWORD)
    assert blocked.status_code == 429
    assert "Too many attempts." in blocked.text
    assert (await later.get("/settings/keys/new")).status_code == 303
    assert (await later.post("/confirm", data={})).status_code in (415, 422)


async def test_it_leads_to_our_own_pages_only(later: httpx.AsyncClient) -> None:
    answer = await later.post("/confirm", data={**PASSWORD, "next": "https://evil.example/"})
    assert answer.headers["location"] == "/"


async def test_a_role_is_refused_before_the_password_is_asked_for(signed_in_as, clean: AppContext) -> None:
    member = await signed_in_as("member")
    async with clean.db.transaction() as connection:
        await connection.execute("UPDATE sessions SET confirmed_at = NULL")
    assert (await member.get("/settings/keys/new")).status_code == 403
