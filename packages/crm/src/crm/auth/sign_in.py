"""Signing in and out: the one door of the pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import Response

from crm.auth import forms, layout_context, passwords, queries, sessions, throttle
from crm.auth.actions import email_key
from crm.kernel import log, views
from crm.kernel.errors import RateLimitedError
from crm.kernel.http import responses
from crm.kernel.http.forms import draft, parse_query
from crm.kernel.http.request import Request
from crm.kernel.security.passwords import check_password

WRONG = "That address and password do not go together. Check both and try again."
_log = log.get("auth")


async def sign_in(request: Request) -> Response:
    """The sign-in page; somebody who is in already goes on."""
    ask = parse_query(request, forms.SignInAsk)
    token = request.cookies.get(sessions.cookie_name(request.app_context.config), "")
    if token:
        async with request.db.connection() as connection:
            if await layout_context.enter(
                connection, request.app_context, sessions.token_hash(request.app_context, token)
            ):
                return responses.see_other(local(ask.next))
    return _page(request, {"email": "", "next": local(ask.next)}, left=ask.left)


async def enter(request: Request) -> Response:
    """Let the person in with a fresh session, or say, after the same time, that something did not match."""
    given = await draft(request, forms.SignIn)
    values = {"email": given.values.get("email", ""), "next": local(given.values.get("next", "/"))}
    if given.form is None:
        return _page(request, values, faults=given.faults, status=422)
    try:
        cookie = await _check(request, given.form)
    except RateLimitedError as trouble:
        return _page(request, values, said=trouble.detail, status=429, headers=trouble.headers)
    if not cookie:
        return _page(request, values, said=WRONG, status=422)
    return responses.see_other(values["next"], {"set-cookie": cookie})


async def leave(request: Request) -> Response:
    """End this session and forget its cookie."""
    config = request.app_context.config
    async with request.db.transaction() as connection:
        await sessions.end_by_token(connection, request.app_context, request.cookies[sessions.cookie_name(config)])
    return responses.see_other("/sign-in?left=true", {"set-cookie": sessions.cookie(config, "")})


def local(target: str) -> str:
    """`target` where it is an address of our own pages; the first page otherwise, so that nobody is sent away."""
    plain = target.isprintable() and "\\" not in target and not target.startswith("//")
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    if not plain or not target.startswith("/") or parts.scheme or parts.netloc or parts.path == "/sign-in":
        return "/"
    return target


async def _check(request: Request, form: forms.SignIn) -> str:
    """The cookie of a new session, or nothing when address and password do not go together.

    Raises `RateLimitedError`.
    """
    context, email = request.app_context, email_key(form.email)
    account, address = context.digest("account", email), request.address_hash
    async with request.db.transaction() as connection:
        await throttle.enter(connection, account, address)
        found = await queries.by_email(connection, email)
    # Outside the transaction: hashing is slow on purpose, and as slow for an address nobody has.
    right = await check_password(found[1] if found else None, passwords.normal(form.password))
    if found is None or not right:
        _log.info("sign_in_failed")
        return ""
    async with request.db.transaction() as connection:
        await throttle.forgive(connection, account, address)
        brought = request.cookies.get(sessions.cookie_name(context.config), "")
        if brought:
            await sessions.end_by_token(connection, context, brought)
        token = await sessions.start_session(connection, context, found[0], request.device)
    return sessions.cookie(context.config, token)


def _page(
    request: Request,
    values: dict[str, str],
    *,
    faults: dict[str, str] | None = None,
    said: str = "",
    left: bool = False,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    return views.page(
        request, "auth/sign_in.html", status=status, headers=headers, values=values, faults=faults or {}, said=said,
        left=left,
    )  # fmt: skip
