"""Two-factor authentication: setting it up, signing in with it, recovery codes, replays."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import due_jobs
import factories
import httpx
import pyotp
import pytest

from crm.accounts import auth
from crm.kernel import clock
from crm.kernel.app_context import AppContext

NOW = datetime(2026, 11, 27, 12, 0, 5, tzinfo=UTC)
FORM = {"email": "ada@crm.test", "password": factories.PASSWORD}


@pytest.fixture
async def protected(signed_in: httpx.AsyncClient) -> tuple[httpx.AsyncClient, pyotp.TOTP, list[str]]:
    """Ada, who has set her app up at `NOW` and signed out; the app; her recovery codes."""
    assert (await signed_in.post("/profile/two-factor/start", data={"x": ""})).status_code == 303
    page = (await signed_in.get("/profile/two-factor")).text
    assert "<svg" in page
    found = re.search(r"<code class=\"wrap\">([A-Z2-7]{32})</code>", page)
    assert found
    app = pyotp.TOTP(found.group(1))
    with clock.at(NOW - timedelta(minutes=5)):
        shown = await signed_in.post("/profile/two-factor/confirm", data={"code": app.at(NOW - timedelta(minutes=5))})
    assert shown.status_code == 200, shown.text
    codes = re.findall(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", shown.text)
    assert len({*codes}) == 10
    signed_in.cookies.clear()
    return signed_in, app, codes


async def give_password(client: httpx.AsyncClient, **fields: str) -> dict[str, str]:
    """Enter the password, and return the hidden fields of the form that asks for the code."""
    page = await client.post("/sign-in", data={**FORM, **fields})
    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    return {name: unescape(value) for name, value in
            re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)}  # fmt: skip


async def test_the_password_alone_lets_nobody_in(protected) -> None:
    client, app, _ = protected
    with clock.at(NOW):
        hidden = await give_password(client, next="/leads")
        assert (await client.get("/profile")).status_code == 303
        answer = await client.post("/sign-in/code", data={**hidden, "code": app.at(NOW)})
        assert answer.headers["location"] == "/leads"
        assert (await client.get("/profile")).status_code == 200


async def test_a_code_works_once(protected) -> None:
    client, app, _ = protected
    with clock.at(NOW):
        hidden = await give_password(client)
        code = app.at(NOW)
        assert (
            await client.post("/sign-in/code", data={**hidden, "code": f"{code[:3]} {code[3:]}"})
        ).status_code == 303
        client.cookies.clear()
        again = await client.post("/sign-in/code", data={**hidden, "code": code})
        before = await client.post("/sign-in/code", data={**hidden, "code": app.at(NOW - timedelta(seconds=30))})
    for answer in (again, before):
        assert answer.status_code == 422
        assert "used already" in answer.text


async def test_clocks_may_differ_by_half_a_minute_and_no_more(protected) -> None:
    client, app, _ = protected
    with clock.at(NOW):
        hidden = await give_password(client)
        for seconds in (-90, 90):
            wrong = await client.post(
                "/sign-in/code", data={**hidden, "code": app.at(NOW + timedelta(seconds=seconds))}
            )  # fmt: skip
            assert wrong.status_code == 422, seconds
        right = await client.post("/sign-in/code", data={**hidden, "code": app.at(NOW + timedelta(seconds=30))})
    assert right.status_code == 303


async def test_a_recovery_code_works_once_and_is_recorded(protected, clean: AppContext) -> None:
    client, _, codes = protected
    with clock.at(NOW):
        hidden = await give_password(client)
        typed = codes[0].lower().replace("-", " ")
        assert (await client.post("/sign-in/code", data={**hidden, "code": typed})).status_code == 303
        assert "9 recovery codes left" in (await client.get("/profile")).text
        client.cookies.clear()
        assert (await client.post("/sign-in/code", data={**hidden, "code": codes[0]})).status_code == 422
    async with clean.db.connection() as conn:
        actions = {row[0] for row in await conn.fetch("SELECT action FROM audit_entries")}
    assert {"two_factor.added", "session.recovery_code_used", "session.code_failed"} <= actions


async def test_guessing_is_throttled(protected) -> None:
    client, app, _ = protected
    with clock.at(NOW):
        hidden = await give_password(client)
        for code in ("000000", "x", "٣٣٣٣٣٣", "12345678901234567890", "AAAAA-AAAAA"):
            assert (await client.post("/sign-in/code", data={**hidden, "code": code})).status_code == 422
        blocked = await client.post("/sign-in/code", data={**hidden, "code": app.at(NOW)})
    assert blocked.status_code == 429
    assert "Too many attempts." in blocked.text


@pytest.mark.parametrize("ticket", ["", "x", "1-2-3", "1-99999999999-" + "0" * 64, "9" * 30 + "-1-x", "é-1-1"])
async def test_a_made_up_ticket_leads_back_to_the_sign_in(protected, ticket: str) -> None:
    client, app, _ = protected
    with clock.at(NOW):
        answer = await client.post("/sign-in/code", data={"ticket": ticket, "code": app.at(NOW)})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


async def test_the_code_is_waited_for_ten_minutes(protected) -> None:
    client, app, _ = protected
    with clock.at(NOW):
        hidden = await give_password(client)
    late = NOW + timedelta(minutes=11)
    with clock.at(late):
        answer = await client.post("/sign-in/code", data={**hidden, "code": app.at(late)})
    assert answer.headers["location"].startswith("/sign-in")


async def test_new_codes_replace_the_old_ones_and_it_can_be_turned_off(protected, clean: AppContext) -> None:
    client, _, codes = protected
    with clock.at(NOW):
        hidden = await give_password(client)
        await client.post("/sign-in/code", data={**hidden, "code": codes[0]})
        shown = await client.post("/profile/two-factor/codes", data={"x": ""})
        assert codes[1] not in shown.text
        assert (await client.post("/sign-in/code", data={**hidden, "code": codes[1]})).status_code == 422
        assert (await client.post("/profile/two-factor/remove", data={"x": ""})).status_code == 303
        client.cookies.clear()
        assert (await client.post("/sign-in", data=FORM)).status_code == 303
    await due_jobs.run(clean)
    async with clean.db.connection() as conn:
        subjects = {row["subject"] for row in await conn.fetch("SELECT subject FROM mails")}
    assert subjects >= {
        "Two-factor authentication turned on", "Recovery codes replaced", "Two-factor authentication turned off",
    }  # fmt: skip


async def test_a_wrong_first_code_turns_nothing_on(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    for form in ({"code": "000000"}, {"code": ""}):
        assert (await signed_in.post("/profile/two-factor/confirm", data=form)).status_code == 422
    await signed_in.post("/profile/two-factor/start", data={"x": ""})
    answer = await signed_in.post("/profile/two-factor/confirm", data={"code": "abc"})
    assert answer.status_code == 422
    assert 'id="error-code"' in answer.text
    signed_in.cookies.clear()
    assert (await signed_in.post("/sign-in", data=FORM)).status_code == 303


async def test_the_secret_is_encrypted_and_encrypted_again(protected, clean: AppContext) -> None:
    _, app, _ = protected
    async with clean.db.transaction() as conn:
        sealed = await conn.fetchval("SELECT totp_secret FROM users")
        assert app.secret.encode() not in sealed
        assert clean.seal.open(sealed) == app.secret
        assert await auth.rotate_keys(conn, clean.seal) == 1
        assert await conn.fetchval("SELECT totp_secret FROM users") != sealed
        assert clean.seal.open(await conn.fetchval("SELECT totp_secret FROM users")) == app.secret
