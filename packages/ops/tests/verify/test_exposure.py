from __future__ import annotations

import json
from http.cookies import SimpleCookie

import pytest
from fake_production.edge import Request, Response
from verify.running_checks import at, find_failed, get_evidence, get_reason

from ops.verify.checks import CheckSkippedError
from ops.verify.context import VerifyContext
from ops.verify.exposure import find_flaw, find_user, read_figures
from ops.verify.target import load_target

NAMES = ("forgotten files", "tools", "TRACE")
SAFE = "__Host-session=abc; Path=/; HttpOnly; SameSite=Lax; Secure"


def serve_ok(_: Response) -> Response:
    return Response(200, [("content-type", "text/plain"), ("content-length", "2")], b"ok")


async def test_nothing_is_open(context):
    assert await find_failed(context, *NAMES) == {}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/.git/HEAD", "forgotten files"),
        ("/.env", "forgotten files"),
        ("/dump.sql", "forgotten files"),
        ("/metrics", "tools"),
        ("/docs", "tools"),
        ("/openapi.json", "tools"),
    ],
)
async def test_what_should_not_be_there_fails(fake_production, context, path, name):
    fake_production.edge.alter = at(path, serve_ok)
    failed = await find_failed(context, *NAMES)
    assert list(failed) == [name]
    assert failed[name].detail == f"https://octatech.xyz{path} answers 200"


async def test_an_echo_fails(fake_production, context):
    def echo(request: Request, response: Response) -> Response:
        if request.method != "TRACE" or request.host != "api.octatech.xyz":
            return response
        return response._replace(status=200).with_body(f"x-verify: {request.headers['x-verify']}".encode())

    fake_production.edge.alter = echo
    failed = await find_failed(context, *NAMES)
    assert list(failed) == ["TRACE"]
    assert failed["TRACE"].detail == "https://api.octatech.xyz answers TRACE with 200"
    assert "405" in failed["TRACE"].hint


async def test_the_cookie_of_a_session_is_safe(context):
    assert await get_evidence(context, "session cookie") == "__Host-session: HttpOnly, SameSite=Lax, Secure"


async def test_the_session_ends_with_the_run(fake_production, context):
    seen = []
    fake_production.edge.alter = lambda request, response: (seen.append((request.path, response.status)), response)[1]
    await get_evidence(context, "session cookie")
    assert await context.remove_created() == "session"
    assert seen == [("/sign-in", 303), ("/sign-out", 303)]


async def test_no_other_request_carries_the_session(context):
    await read_figures(context)
    await context.get(f"{context.target.crm_url}/leads", 303)


@pytest.mark.parametrize(
    ("cookie", "detail"),
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
async def test_an_unsafe_cookie_fails(fake_production, context, cookie, detail):
    fake_production.edge.alter = at("/sign-in", lambda it: it.with_header("set-cookie", cookie))
    failed = (await find_failed(context, "session cookie"))["session cookie"]
    assert detail in failed.detail
    assert "auth/sessions.py" in failed.hint


async def test_a_right_password_that_opens_nothing_fails(fake_production, context):
    fake_production.edge.alter = at("/sign-in", lambda it: it.without_header("set-cookie"))
    assert "without a session" in (await find_failed(context, "session cookie"))["session cookie"].detail


async def test_without_a_user_the_cookie_is_not_checked(fake_production):
    assert "ADMIN_EMAIL" in await get_reason(VerifyContext(fake_production.target, {}), "session cookie")


async def test_a_password_that_was_changed_is_no_failure(fake_production, environ):
    context = VerifyContext(fake_production.target, {**environ, "ADMIN_EMAIL": "somebody@else.example"})
    assert "it was changed" in await get_reason(context, "session cookie")


async def test_the_figures_of_the_first_page_are_read(context):
    figures = await read_figures(context)
    assert figures["to first answer"] == "–"
    assert figures["enquiries"].isdecimal()


def test_on_a_laptop_the_cookie_needs_no_https():
    [cookie] = SimpleCookie("session=abc; Path=/; HttpOnly; SameSite=Lax").values()
    assert find_flaw(cookie, secure=False) == ""
    assert find_flaw(cookie, secure=True) != ""


def test_the_last_user_of_this_machine_signs_in(tmp_path):
    context = VerifyContext(load_target("local", {"DATA_DIR": str(tmp_path)}), {"DATA_DIR": str(tmp_path)})
    with pytest.raises(CheckSkippedError, match=r"sign-in\.json"):
        find_user(context)
    (tmp_path / "sign-in.json").write_text(json.dumps({"ada@example.org": "one", "bo@example.org": "two"}))
    assert find_user(context) == ("bo@example.org", "two")
