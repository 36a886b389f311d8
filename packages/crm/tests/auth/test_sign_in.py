"""Signing in and out, as a browser does it."""

from __future__ import annotations

import re
from datetime import timedelta

import factories
import httpx
import pytest
from conftest import environment

from crm import config
from crm.accounts import auth
from crm.accounts.auth import sessions
from crm.accounts.auth import sign_in as sign_in_pages
from crm.kernel import clock
from crm.kernel.app_context import AppContext

EMAIL = "ada@crm.test"


@pytest.fixture
async def ada(clean: AppContext) -> auth.models.User:
    """Ada, who may sign in."""
    async with clean.db.transaction() as connection:
        return await factories.create_user(connection)


async def sign_in(client: httpx.AsyncClient, password: str = factories.PASSWORD, **fields: str) -> httpx.Response:
    return await client.post("/sign-in", data={"email": EMAIL, "password": password, **fields})


async def test_the_right_password_opens_the_page_that_was_asked_for(
    client: httpx.AsyncClient, ada: auth.models.User
) -> None:
    asked = await client.get("/settings/keys?tab=all")
    assert asked.headers["location"] == "/sign-in?next=%2Fsettings%2Fkeys%3Ftab%3Dall"
    form = await client.get(asked.headers["location"])
    assert 'value="/settings/keys?tab=all"' in form.text
    answer = await sign_in(client, next="/settings/keys?tab=all")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/settings/keys?tab=all"
    assert (await client.get("/settings/keys?tab=all")).status_code == 200


async def test_the_address_is_known_in_any_case_and_the_password_is_not(
    client: httpx.AsyncClient, ada: auth.models.User
) -> None:
    assert (
        await client.post("/sign-in", data={"email": "ADA@crm.test ", "password": factories.PASSWORD})
    ).status_code == 303
    assert (await sign_in(client, factories.PASSWORD.upper())).status_code == 422


async def test_an_unknown_address_and_a_wrong_password_read_the_same(
    client: httpx.AsyncClient, ada: auth.models.User
) -> None:
    wrong = await sign_in(client, "not her password")
    unknown = await client.post("/sign-in", data={"email": "bob@crm.test", "password": "not his password"})
    assert wrong.status_code == unknown.status_code == 422
    assert sign_in_pages.WRONG in wrong.text
    # Each page has a new challenge for passkeys.
    pages = [re.sub('data-options="[^"]*"', "", page.text) for page in (wrong, unknown)]
    assert pages[0].replace(EMAIL, "…") == pages[1].replace("bob@crm.test", "…")
    assert "set-cookie" not in wrong.headers


async def test_an_unknown_address_costs_a_hash_like_a_known_one(
    client: httpx.AsyncClient, ada: auth.models.User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str | None] = []
    check = sign_in_pages.check_password

    async def verify_and_count(encoded: str | None, password: str) -> bool:
        hashed.append(encoded)
        return await check(encoded, password)

    monkeypatch.setattr(sign_in_pages, "check_password", verify_and_count)
    await sign_in(client, "not her password")
    await client.post("/sign-in", data={"email": "bob@crm.test", "password": "not his password"})
    assert len(hashed) == 2
    assert hashed[1] is None


async def test_an_empty_form_names_both_fields_and_keeps_what_was_typed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sign-in", data={"email": "", "password": "", "next": "/leads"})
    assert answer.status_code == 422
    assert answer.text.count("This field is required.") == 2
    assert 'value="/leads"' in answer.text


async def test_the_cookie_is_out_of_reach_of_script_and_other_sites(
    client: httpx.AsyncClient, ada: auth.models.User
) -> None:
    cookie = (await sign_in(client)).headers["set-cookie"]
    assert cookie.startswith("session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_over_https_the_cookie_is_bound_to_this_host() -> None:
    secure = config.load(environment("postgresql://nowhere/none", CRM_BASE_URL="https://crm.test"))
    cookie = sessions.cookie(secure, "a-token")
    assert cookie.startswith("__Host-session=a-token;")
    assert "; Secure" in cookie
    assert "Domain" not in cookie


async def test_the_table_of_sessions_lets_nobody_in(
    client: httpx.AsyncClient, ada: auth.models.User, clean: AppContext
) -> None:
    await sign_in(client)
    token = client.cookies["session"]
    async with clean.db.connection() as connection:
        stored = await connection.fetchval("SELECT token_hash FROM sessions")
    assert stored == clean.digest("session", token)
    client.cookies.set("session", stored.hex(), domain="crm.test")
    assert (await client.get("/profile")).status_code == 303


async def test_a_planted_session_is_ended_and_never_grown_into(
    client: httpx.AsyncClient, ada: auth.models.User, clean: AppContext
) -> None:
    async with clean.db.transaction() as connection:
        eve = await factories.create_user(connection, "Eve")
        planted = await auth.sessions.start_session(connection, clean, eve, "Eve's browser")
    client.cookies.set("session", planted, domain="crm.test")
    await sign_in(client)
    assert client.cookies["session"] != planted
    client.cookies.set("session", planted, domain="crm.test")
    assert (await client.get("/profile")).status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "/%09/evil\t.example", "evil", "", "/sign-in?next=/", "http:/evil.example", "///evil.example",
        "/\n/evil.example",
    ],
)  # fmt: skip
async def test_nobody_is_sent_to_another_site(client: httpx.AsyncClient, ada: auth.models.User, target: str) -> None:
    assert (await sign_in(client, next=target)).headers["location"] == "/"


async def test_whoever_is_in_goes_on_from_the_sign_in_page(signed_in: httpx.AsyncClient) -> None:
    answer = await signed_in.get("/sign-in?next=/settings")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/settings"


async def test_signing_out_ends_the_session_itself(client: httpx.AsyncClient, ada: auth.models.User) -> None:
    await sign_in(client)
    token = client.cookies["session"]
    answer = await client.post("/sign-out")
    assert answer.headers["location"] == "/sign-in?signed_out=true"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert "You have signed out." in (await client.get("/sign-in?signed_out=true")).text
    client.cookies.set("session", token, domain="crm.test")
    assert (await client.get("/profile")).status_code == 303


async def test_a_form_of_another_site_is_refused(signed_in: httpx.AsyncClient) -> None:
    for address in ("/sign-in", "/sign-out", "/profile", "/settings/keys"):
        answer = await signed_in.post(address, data={}, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403, address
        assert "another site" in answer.text
    assert (await signed_in.get("/profile")).status_code == 200


async def test_a_session_ends_after_two_idle_weeks_and_use_puts_that_off(
    client: httpx.AsyncClient, ada: auth.models.User
) -> None:
    start = clock.now()
    with clock.at(start):
        await sign_in(client)
    with clock.at(start + timedelta(days=13)):
        assert (await client.get("/profile")).status_code == 200
    with clock.at(start + timedelta(days=26)):
        assert (await client.get("/profile")).status_code == 200
    with clock.at(start + timedelta(days=30, seconds=1)):
        assert (await client.get("/profile")).status_code == 303


async def test_an_unused_session_is_over_after_two_weeks(client: httpx.AsyncClient, ada: auth.models.User) -> None:
    start = clock.now()
    with clock.at(start):
        await sign_in(client)
    with clock.at(start + timedelta(days=14, seconds=1)):
        assert (await client.get("/profile")).status_code == 303


async def test_a_session_is_renewed_at_most_once_an_hour(
    client: httpx.AsyncClient, ada: auth.models.User, clean: AppContext
) -> None:
    async def read_last_seen() -> timedelta:
        async with clean.db.connection() as connection:
            at: timedelta = await connection.fetchval("SELECT seen_at - $1 FROM sessions", start)
            return at

    start = clock.now()
    with clock.at(start):
        await sign_in(client)
    with clock.at(start + timedelta(minutes=59)):
        await client.get("/profile")
    assert await read_last_seen() == timedelta()
    with clock.at(start + timedelta(minutes=61)):
        await client.get("/profile")
    assert await read_last_seen() == timedelta(minutes=61)


async def test_a_target_in_any_script_survives_signing_in(client: httpx.AsyncClient, ada: auth.User) -> None:
    answer = await sign_in(client, next="/leads?q=€")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/leads?q=%E2%82%AC"
    assert (await client.get("/sign-in?next=/leads?q=€")).headers["location"] == "/leads?q=%E2%82%AC"


async def test_signing_out_clears_what_the_browser_keeps(client: httpx.AsyncClient, ada: auth.User) -> None:
    await sign_in(client)
    assert (await client.post("/sign-out")).headers["clear-site-data"] == '"cache", "storage"'
