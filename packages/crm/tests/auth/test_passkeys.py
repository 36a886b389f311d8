"""Passkeys: adding, signing in, confirming and removing; refused, replayed, expired and malformed answers."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import due_jobs
import factories
import httpx
import pytest
from conftest import ORIGIN
from hypothesis import given, settings
from hypothesis import strategies as st
from software_authenticator import PRESENT, SoftwareAuthenticator

from crm.accounts.passkeys import challenges
from crm.accounts.passkeys.ceremonies import MAX_PASSKEYS
from crm.kernel import clock
from crm.kernel.app_context import AppContext

NAME = {"name": "Ada's laptop"}


def read_options(page: str) -> dict[str, Any]:
    """What the page gives the browser."""
    found = re.search(r'data-options="([^"]*)"', page)
    assert found, page
    return json.loads(unescape(found.group(1)))  # type: ignore[no-any-return]


async def ask(client: httpx.AsyncClient, path: str = "/sign-in") -> dict[str, Any]:
    return read_options((await client.get(path)).text)


async def add_passkey(client: httpx.AsyncClient) -> SoftwareAuthenticator:
    device = SoftwareAuthenticator(ORIGIN)
    answer = device.create(await ask(client, "/profile/passkeys"))
    added = await client.post("/profile/passkeys", data={**NAME, "answer": answer})
    assert added.status_code == 303, added.text
    return device


@pytest.fixture
async def owner(signed_in: httpx.AsyncClient) -> tuple[httpx.AsyncClient, SoftwareAuthenticator]:
    """Ada, signed in, and the device with her passkey."""
    return signed_in, await add_passkey(signed_in)


@pytest.fixture
async def visitor(owner) -> tuple[httpx.AsyncClient, SoftwareAuthenticator]:
    """The same, signed out."""
    owner[0].cookies.clear()
    return owner


async def sign_in(client: httpx.AsyncClient, answer: str, **fields: str) -> httpx.Response:
    return await client.post("/sign-in/passkey", data={"answer": answer, **fields})


async def read_actions(context: AppContext) -> list[str]:
    async with context.db.connection() as conn:
        return [row[0] for row in await conn.fetch("SELECT action FROM audit_entries ORDER BY id")]


async def test_a_passkey_opens_the_account_and_the_page_that_was_asked_for(visitor, clean: AppContext) -> None:
    client, device = visitor
    answer = await sign_in(client, device.get(await ask(client)), next="/leads")
    assert (answer.status_code, answer.headers["location"]) == (303, "/leads")
    profile = (await client.get("/profile")).text
    assert "Ada&#39;s laptop" in profile
    assert '<td data-label="With">Passkey</td>' in profile
    assert {"passkey.added", "session.started"} <= {*await read_actions(clean)}


async def test_a_passkey_needs_no_code_of_an_app(visitor, clean: AppContext) -> None:
    client, device = visitor
    async with clean.db.transaction() as conn:
        await conn.execute("UPDATE users SET totp_secret = $1, totp_confirmed_at = now()", clean.seal.seal("A" * 32))
    password = await client.post("/sign-in", data={"email": "ada@crm.test", "password": factories.PASSWORD})
    assert "Enter the code" in password.text
    assert (await sign_in(client, device.get(await ask(client)))).status_code == 303


async def test_an_answer_works_once(visitor) -> None:
    client, device = visitor
    device.count = -1  # a device that does not count
    answer = device.get(await ask(client))
    assert (await sign_in(client, answer)).status_code == 303
    client.cookies.clear()
    again = await sign_in(client, answer)
    assert again.status_code == 422
    assert "answered already" in again.text
    assert (await client.get("/profile")).status_code == 303


async def test_a_challenge_expires(visitor) -> None:
    client, device = visitor
    options = await ask(client)
    with clock.at(clock.now() + challenges.VALID_FOR + timedelta(seconds=1)):
        late = await sign_in(client, device.get(options))
    assert late.status_code == 422
    assert "took too long" in late.text
    assert read_options(late.text)["challenge"] != options["challenge"]


async def test_a_copied_device_is_refused(visitor, clean: AppContext) -> None:
    client, device = visitor
    device.count = 7
    assert (await sign_in(client, device.get(await ask(client)))).status_code == 303
    client.cookies.clear()
    device.count = 3
    assert (await sign_in(client, device.get(await ask(client)))).status_code == 422
    assert "passkey.refused" in await read_actions(clean)
    device.count = 8
    assert (await sign_in(client, device.get(await ask(client)))).status_code == 303


async def test_the_device_must_verify_its_user(visitor) -> None:
    client, device = visitor
    device.flags = PRESENT
    assert (await sign_in(client, device.get(await ask(client)))).status_code == 422


@pytest.mark.parametrize("origin", ["https://evil.example", "http://crm.test.evil.example", "https://crm.test"])
async def test_an_answer_for_another_site_is_refused(visitor, origin: str) -> None:
    client, device = visitor
    device.origin = origin
    assert (await sign_in(client, device.get(await ask(client)))).status_code == 422


async def test_an_unknown_passkey_says_what_to_do(visitor) -> None:
    client, _ = visitor
    stranger = SoftwareAuthenticator(ORIGIN)
    answer = await sign_in(client, stranger.get(await ask(client)))
    assert answer.status_code == 422
    assert "belongs to no account here" in answer.text


async def test_a_passkey_with_the_handle_of_somebody_else_is_refused(visitor) -> None:
    client, device = visitor
    device.handle = b"somebody else's handle"
    assert (await sign_in(client, device.get(await ask(client)))).status_code == 422


async def test_a_challenge_of_one_purpose_does_not_serve_another(owner) -> None:
    client, device = owner
    for purpose, path in (("/profile/passkeys", "/sign-in/passkey"), ("/confirm", "/sign-in/passkey")):
        options = {"rpId": "crm.test", **await ask(client, purpose)}
        answer = await client.post(path, data={"answer": device.get(options)})
        assert answer.status_code == 422, purpose
        assert "took too long" in answer.text


async def test_a_disabled_account_stays_closed(visitor, clean: AppContext) -> None:
    client, device = visitor
    async with clean.db.transaction() as conn:
        await conn.execute("UPDATE users SET disabled_at = now()")
    answer = await sign_in(client, device.get(await ask(client)))
    assert answer.status_code == 403
    assert "This account is disabled." in answer.text
    assert "session.disabled" in await read_actions(clean)


async def test_guessing_is_throttled(visitor) -> None:
    client, device = visitor
    for _ in range(5):
        assert (await sign_in(client, "{}")).status_code == 422
    blocked = await sign_in(client, device.get(await ask(client)))
    assert blocked.status_code == 429
    assert "Too many attempts." in blocked.text


@pytest.mark.parametrize(
    "answer",
    ["", "x", "[]", "{}", "null", "[" * 9000, '{"id": 1}', "\x00", "é", '{"id": "", "rawId": "", "response": {}}'],
)
async def test_a_malformed_answer_is_refused(owner, answer: str) -> None:
    client, _ = owner
    for path in ("/sign-in/passkey", "/confirm/passkey", "/profile/passkeys"):
        refused = await client.post(path, data={**NAME, "answer": answer})
        assert refused.status_code == 422, path


PARTS = ("clientDataJSON", "authenticatorData", "signature", "attestationObject", "userHandle")


@settings(max_examples=60)
@given(
    part=st.sampled_from(PARTS), text=st.one_of(st.text(max_size=80), st.binary(max_size=80).map(lambda raw: raw.hex()))
)
async def test_any_part_can_be_anything(
    context: AppContext, application: httpx.AsyncClient, part: str, text: str
) -> None:
    device = SoftwareAuthenticator(ORIGIN)
    answer = device.get({"rpId": "crm.test", "challenge": "AAAA"}, **{part: text})
    assert (await sign_in(application, answer)).status_code in (422, 429)
    async with context.db.connection() as conn:
        await conn.execute("DELETE FROM sign_in_failures")


async def test_a_passkey_confirms_a_sensitive_change(owner, clean: AppContext) -> None:
    client, device = owner
    async with clean.db.transaction() as conn:
        await conn.execute("UPDATE sessions SET confirmed_at = NULL")
    asked = await client.post("/settings/team", data={"email": "grace@crm.test", "role": "viewer"})
    kept = await client.post(asked.headers["location"], data={"email": "grace@crm.test", "role": "viewer"})
    assert "Use a passkey or the password of ada@crm.test." in kept.text
    hidden = {name: unescape(value) for name, value in
              re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', kept.text)}  # fmt: skip
    answer = await client.post("/confirm/passkey", data={**hidden, "answer": device.get(read_options(kept.text))})
    assert answer.status_code == 200
    assert 'value="grace@crm.test"' in answer.text
    assert (await client.get("/settings/keys/new")).status_code == 200


async def test_the_passkey_of_somebody_else_confirms_nothing(owner, signed_in_as, clean: AppContext) -> None:
    _, device = owner
    other = await signed_in_as("owner")
    await add_passkey(other)
    async with clean.db.transaction() as conn:
        await conn.execute("UPDATE sessions SET confirmed_at = NULL")
    answer = await other.post("/confirm/passkey", data={"answer": device.get(await ask(other, "/confirm"))})
    assert answer.status_code == 422
    assert "belongs to another account" in answer.text
    assert (await other.get("/settings/keys/new")).status_code == 303


async def test_somebody_has_several_and_removes_one(owner, clean: AppContext) -> None:
    client, first = owner
    second = await add_passkey(client)
    assert second.handle == first.handle
    excluded = (await ask(client, "/profile/passkeys"))["excludeCredentials"]
    assert len(excluded) == 2
    async with clean.db.connection() as conn:
        number = await conn.fetchval("SELECT min(id) FROM passkeys")
    assert (await client.post(f"/profile/passkeys/{number}/remove")).status_code == 303
    assert (await client.post(f"/profile/passkeys/{number}/remove")).status_code == 404
    client.cookies.clear()
    assert (await sign_in(client, first.get(await ask(client)))).status_code == 422
    assert (await sign_in(client, second.get(await ask(client)))).status_code == 303
    await due_jobs.run(clean)
    async with clean.db.connection() as conn:
        mails = [row[0] for row in await conn.fetch("SELECT subject FROM mails ORDER BY id")]
    assert {"A passkey was added to your account", "A passkey was removed from your account"} <= {*mails}
    assert {"passkey.added", "passkey.removed"} <= {*await read_actions(clean)}


async def test_somebody_else_removes_no_passkey_of_mine(owner, signed_in_as, clean: AppContext) -> None:
    async with clean.db.connection() as conn:
        number = await conn.fetchval("SELECT id FROM passkeys")
    other = await signed_in_as("owner")
    assert (await other.post(f"/profile/passkeys/{number}/remove")).status_code == 404


async def test_a_passkey_is_added_once_and_needs_a_name(owner) -> None:
    client, device = owner
    again = device.create(await ask(client, "/profile/passkeys"))
    refused = await client.post("/profile/passkeys", data={**NAME, "answer": again})
    assert refused.status_code == 422
    assert "in use already" in refused.text
    answer = SoftwareAuthenticator(ORIGIN).create(await ask(client, "/profile/passkeys"))
    for name in ("", "x" * 61):
        wrong = await client.post("/profile/passkeys", data={"name": name, "answer": answer})
        assert wrong.status_code == 422
        assert 'id="error-name"' in wrong.text


async def test_the_number_of_passkeys_is_limited(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    async with clean.db.transaction() as conn:
        await conn.execute(
            "INSERT INTO passkeys (user_id, handle, credential_id, public_key, sign_count, name, created_at)"
            " SELECT users.id, decode(repeat('00', 16), 'hex'), n::text::bytea, '', 0, 'x', now()"
            " FROM users, generate_series(1, $1) AS n",
            MAX_PASSKEYS,
        )
    answer = SoftwareAuthenticator(ORIGIN).create(await ask(signed_in, "/profile/passkeys"))
    refused = await signed_in.post("/profile/passkeys", data={**NAME, "answer": answer})
    assert refused.status_code == 422
    assert "Remove one that you no longer use." in refused.text


async def test_used_challenges_are_forgotten_when_they_have_expired(visitor, clean: AppContext) -> None:
    client, device = visitor
    await sign_in(client, device.get(await ask(client)))
    async with clean.db.transaction() as conn:
        await challenges.purge(conn)
        assert await conn.fetchval("SELECT count(*) FROM used_challenges") == 2
        with clock.at(clock.now() + challenges.VALID_FOR + timedelta(seconds=1)):
            await challenges.purge(conn)
        assert await conn.fetchval("SELECT count(*) FROM used_challenges") == 0
