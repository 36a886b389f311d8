from __future__ import annotations

import json
from http.cookies import SimpleCookie

import pytest
from verify.asking import evidence, red, skipped, where

from ops.verify import signedin
from ops.verify.checks import Skipped
from ops.verify.signedin import SignedIn, faulty

SAFE = "__Host-session=abc; Path=/; HttpOnly; SameSite=Lax; Secure"


@pytest.fixture
def environ(lookalike) -> dict[str, str]:
    return {name: lookalike.service.environ[name] for name in ("ADMIN_EMAIL", "ADMIN_PASSWORD")}


async def test_the_cookie_of_a_session_is_safe(client, environ):
    assert await evidence(SignedIn(client, environ).checks()[0]) == ("__Host-session: HttpOnly, SameSite=Lax, Secure")


async def test_the_session_is_ended_again(lookalike, client, environ):
    asked = []
    lookalike.edge.alter = lambda told, answer: (asked.append((told.path, answer.status)), answer)[1]
    await evidence(SignedIn(client, environ).checks()[0])
    assert asked == [("/sign-in", 303), ("/sign-out", 303)]


async def test_nobody_else_comes_in_by_the_session(client, environ):
    page = SignedIn(client, environ)
    await page.figures()
    await client.get(f"{client.target.crm_url}/leads", 303)
    await page.leave()


@pytest.mark.parametrize(
    ("cookie", "said"),
    [
        (SAFE.replace("; HttpOnly", ""), "lacks HttpOnly"),
        (SAFE.replace("; SameSite=Lax", ""), "lacks SameSite"),
        (SAFE.replace("Lax", "None"), "lacks SameSite"),
        (SAFE.replace("; Secure", ""), "lacks Secure"),
        (SAFE.replace("__Host-", ""), "does not begin with __Host-"),
        (SAFE + "; Domain=octatech.xyz", "every host of octatech.xyz"),
        (SAFE.replace("Path=/", "Path=/crm"), "holds for /crm"),
    ],
)
async def test_an_unsafe_cookie_is_found(lookalike, client, environ, cookie, said):
    lookalike.edge.alter = where("/sign-in", lambda answer: answer.having("set-cookie", cookie))
    # It names no session of ours, so there is nothing to end.
    told = await red([signing_in_only(client, environ)])
    assert said in told["session cookie"].said
    assert "auth/sessions.py" in told["session cookie"].hint


def signing_in_only(client, environ):
    page = SignedIn(client, environ)

    async def nothing() -> None:
        return None

    page.leave = nothing
    return page.checks()[0]


async def test_a_right_password_that_opens_nothing_is_found(lookalike, client, environ):
    lookalike.edge.alter = where("/sign-in", lambda answer: answer.without("set-cookie"))
    assert "without a session" in (await red(SignedIn(client, environ).checks()))["session cookie"].said


async def test_without_somebody_who_may_sign_in_nothing_is_asked(client):
    assert "ADMIN_EMAIL" in await skipped(SignedIn(client, {}).checks()[0])


async def test_a_password_that_was_changed_is_no_fault(client, environ):
    changed = {**environ, "ADMIN_EMAIL": "somebody@else.example"}
    assert "it was changed" in await skipped(SignedIn(client, changed).checks()[0])


async def test_the_figures_of_the_first_page_are_read(client, environ):
    page = SignedIn(client, environ)
    told = await page.figures()
    await page.leave()
    assert told["to first answer"] == "–"
    assert told["enquiries"].isdecimal()


def test_on_a_laptop_the_cookie_needs_no_https():
    [given] = SimpleCookie("session=abc; Path=/; HttpOnly; SameSite=Lax").values()
    assert faulty(given, secure=False) == []
    assert len(faulty(given, secure=True)) == 2


def test_whoever_was_last_signs_in_on_this_machine(tmp_path):
    environ = {"DATA_DIR": str(tmp_path)}
    with pytest.raises(Skipped):
        signedin.person(environ, local=True)
    (tmp_path / "sign-in.json").write_text(json.dumps({"ada@example.org": "one", "bo@example.org": "two"}))
    assert signedin.person(environ, local=True) == ("bo@example.org", "two")
