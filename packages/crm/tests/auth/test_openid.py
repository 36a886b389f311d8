"""Signing in through a real OpenID provider. `test_openid_answers.py` has a provider that lies."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import due_jobs
import factories
import httpx
import pyotp
import pytest
from conftest import ORIGIN, environment, serving
from openid_provider import SECRET, run_provider, sign_in_at_provider

from crm import config
from crm.accounts.oidc.protocol import WAITS_FOR
from crm.kernel import clock
from crm.kernel.app_context import AppContext

pytestmark = pytest.mark.oidc

CALLBACK = f"{ORIGIN}/sign-in/openid/callback"
ACCOUNTS: dict[str, Any] = {
    "ada": {"email": "Ada@CRM.test", "email_verified": True},
    "again": {"email": "ada@crm.test", "email_verified": True},
    "unverified": {"email": "ada@crm.test", "email_verified": False},
    "stranger": {"email": "eve@evil.example", "email_verified": True},
    "nameless": {},
}
NAME = "Our Provider"


def variables(issuer: str, **changes: str) -> dict[str, str]:
    known = {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": "crm", "OIDC_CLIENT_SECRET": SECRET, "OIDC_NAME": NAME}
    return {**known, **changes}


@pytest.fixture(scope="module", params=[False, True], ids=["user info", "ID token"])
async def issuer(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A provider that names the e-mail at its user info, and one that names it in the ID token."""
    async with run_provider(CALLBACK, ACCOUNTS, in_id_token=request.param) as running:
        yield running


@pytest.fixture
async def visitor(issuer: str, database_url: str, clean: AppContext) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor of a service with a provider. Ada is in the team."""
    async with clean.db.transaction() as conn:
        await factories.create_user(conn)
    async with serving(config.load(environment(database_url, **variables(issuer)))) as client:
        yield client


async def sign_in(client: httpx.AsyncClient, account: str, start: str = "/sign-in/openid") -> httpx.Response:
    """Sign in at the provider, and come back."""
    sent = await client.get(start)
    assert sent.status_code == 303, sent.text
    return await client.get(await sign_in_at_provider(sent.headers["location"], account))


async def read_actions(context: AppContext) -> set[str]:
    async with context.db.connection() as conn:
        return {row[0] for row in await conn.fetch("SELECT action FROM audit_entries")}


async def test_the_verified_address_opens_the_account_and_the_page(visitor, clean: AppContext) -> None:
    page = await visitor.get("/sign-in?next=/leads")
    assert f"Sign in with {NAME}" in page.text
    link = re.search(r'href="(/sign-in/openid[^"]*)"', page.text)
    assert link
    answer = await sign_in(visitor, "ada", unescape(link[1]))
    assert (answer.status_code, answer.headers["location"]) == (303, "/leads")
    profile = (await visitor.get("/profile")).text
    assert '<td data-label="With">Single sign-on</td>' in profile
    assert "ada@crm.test, used" in profile
    await due_jobs.run(clean)
    async with clean.db.connection() as conn:
        subject = await conn.fetchval("SELECT subject FROM mails WHERE recipient = 'ada@crm.test' ORDER BY id LIMIT 1")
    assert subject == f"{NAME} now signs you in to the CRM of Octatech"
    assert {"identity.linked", "session.started"} <= await read_actions(clean)


async def test_the_request_has_pkce_state_and_nonce(visitor) -> None:
    sent = await visitor.get("/sign-in/openid")
    query = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}
    assert query["code_challenge_method"] == "S256"
    assert query["redirect_uri"] == CALLBACK
    assert query["response_type"] == "code"
    assert all(len(query[name]) >= 43 for name in ("code_challenge", "state", "nonce"))
    cookie = sent.headers["set-cookie"]
    assert "HttpOnly; SameSite=Lax" in cookie
    assert query["state"] not in cookie


async def test_a_linked_account_works_after_the_address_has_changed(visitor, clean: AppContext) -> None:
    await sign_in(visitor, "ada")
    async with clean.db.transaction() as conn:
        await conn.execute("UPDATE users SET email = 'lovelace@crm.test'")
    visitor.cookies.clear()
    assert (await sign_in(visitor, "ada")).headers["location"] == "/"
    assert "lovelace@crm.test" in (await visitor.get("/profile")).text


async def test_another_account_with_the_same_address_is_refused_until_the_first_is_unlinked(
    visitor, clean: AppContext
) -> None:
    await sign_in(visitor, "ada")
    visitor.cookies.clear()
    refused = await sign_in(visitor, "again")
    assert refused.status_code == 403
    assert "You are linked with another account of Our Provider." in refused.text
    await sign_in(visitor, "ada")
    async with clean.db.connection() as conn:
        number = await conn.fetchval("SELECT id FROM identities")
    assert (await visitor.post(f"/profile/identities/{number}/remove")).status_code == 303
    assert (await visitor.post(f"/profile/identities/{number}/remove")).status_code == 404
    assert "Not linked" in (await visitor.get("/profile")).text
    visitor.cookies.clear()
    assert (await sign_in(visitor, "again")).status_code == 303
    assert "identity.unlinked" in await read_actions(clean)


@pytest.mark.parametrize(
    ("account", "message"),
    [
        ("stranger", "Nobody in the team has the address eve@evil.example. Ask an owner to invite you."),
        ("unverified", "Our Provider has not verified your address ada@crm.test."),
        ("nameless", "Our Provider has not verified your address"),
    ],
)
async def test_nobody_else_comes_in_and_no_account_is_created(
    visitor, clean: AppContext, account: str, message: str
) -> None:
    answer = await sign_in(visitor, account)
    assert answer.status_code == 403
    assert message in answer.text
    assert (await visitor.get("/profile")).status_code == 303
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM users") == 1
        assert await conn.fetchval("SELECT count(*) FROM identities") == 0
    assert "identity.refused" in await read_actions(clean)


async def test_a_disabled_user_is_refused(visitor, clean: AppContext) -> None:
    async with clean.db.transaction() as conn:
        await conn.execute("UPDATE users SET disabled_at = now()")
    answer = await sign_in(visitor, "ada")
    assert answer.status_code == 403
    assert "This account is disabled." in answer.text


async def test_who_has_an_app_enters_its_code_too(visitor, clean: AppContext) -> None:
    app = pyotp.TOTP(pyotp.random_base32())
    async with clean.db.transaction() as conn:
        await conn.execute("UPDATE users SET totp_secret = $1, totp_confirmed_at = now()", clean.seal.seal(app.secret))
    asked = await sign_in(visitor, "ada")
    assert "Enter the code" in asked.text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    answer = await visitor.post("/sign-in/code", data={**hidden, "code": app.at(clock.now())})
    assert answer.status_code == 303
    assert "Single sign-on" in (await visitor.get("/profile")).text


async def test_who_says_no_at_the_provider_is_back_at_the_sign_in(visitor) -> None:
    await visitor.get("/sign-in/openid")
    answer = await visitor.get("/sign-in/openid/callback?error=access_denied&state=x")
    assert answer.status_code == 422
    assert "You did not sign in at Our Provider." in answer.text


async def test_an_answer_counts_once_in_its_own_browser_and_for_a_quarter_of_an_hour(visitor) -> None:
    sent = await visitor.get("/sign-in/openid")
    back = await sign_in_at_provider(sent.headers["location"], "ada")
    kept = dict(visitor.cookies)
    visitor.cookies.clear()
    other = await visitor.get(back)
    assert "begun in another browser" in other.text
    visitor.cookies.update(kept)
    with clock.at(clock.now() + WAITS_FOR + timedelta(seconds=1)):
        assert "took too long" in (await visitor.get(back)).text
    visitor.cookies.update(kept)
    forged = await visitor.get(re.sub("state=[^&]*", "state=x", back))
    assert "begun in another browser" in forged.text
    visitor.cookies.update(kept)
    assert (await visitor.get(back)).status_code == 303
    visitor.cookies.clear()
    visitor.cookies.update(kept)
    replayed = await visitor.get(back)
    assert "could not be verified" in replayed.text


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?code=x&state=x", "?code=%00", "?error=" + "x" * 300])
async def test_a_made_up_answer_leads_back_to_the_sign_in(visitor, query: str) -> None:
    await visitor.get("/sign-in/openid")
    answer = await visitor.get(f"/sign-in/openid/callback{query}")
    assert answer.status_code in (400, 422)
    assert (await visitor.get("/profile")).status_code == 303


async def test_guessing_is_throttled(visitor) -> None:
    for _ in range(5):
        assert (await visitor.get("/sign-in/openid/callback?code=x&state=x")).status_code == 422
    assert (await visitor.get("/sign-in/openid/callback?code=x&state=x")).status_code == 429


async def test_a_wrong_client_secret_is_an_error_of_ours_and_lets_nobody_in(
    issuer: str, database_url: str, clean: AppContext
) -> None:
    wrong = variables(issuer, OIDC_CLIENT_SECRET="not the secret")
    async with serving(config.load(environment(database_url, **wrong))) as client:
        answer = await sign_in(client, "ada")
    assert answer.status_code == 422
    assert "The answer of Our Provider could not be verified." in answer.text
