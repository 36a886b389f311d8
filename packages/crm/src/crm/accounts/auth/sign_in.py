"""Signing in and out."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import Response

from crm.accounts.auth import forms, passwords, queries, sessions, throttle
from crm.accounts.auth.actions import normalize_email
from crm.kernel import log, views
from crm.kernel.errors import RateLimitedError
from crm.kernel.http import responses
from crm.kernel.http.forms import draft, parse_query
from crm.kernel.http.request import Request
from crm.kernel.security.passwords import check_password

WRONG = "Wrong e-mail or password."
_log = log.get("auth")


async def show(request: Request) -> Response:
    """Show the sign-in page. A signed-in user is redirected."""
    query = parse_query(request, forms.SignInQuery)
    token = request.cookies.get(sessions.cookie_name(request.app_context.config), "")
    if token:
        async with request.db.connection() as connection:
            if await sessions.find(connection, request.app_context, token):
                return responses.see_other(safe_target(query.next))
    return _page(request, {"email": "", "next": safe_target(query.next)}, signed_out=query.signed_out)


async def sign_in(request: Request) -> Response:
    """Start a session, or show an error. Both take the same time, so that nobody learns which e-mails exist."""
    posted = await draft(request, forms.SignIn)
    values = {"email": posted.values.get("email", ""), "next": safe_target(posted.values.get("next", "/"))}
    if posted.form is None:
        return _page(request, values, faults=posted.faults, status=422)
    try:
        cookie = await _check(request, posted.form)
    except RateLimitedError as error:
        return _page(request, values, message=error.detail, status=429, headers=error.headers)
    if not cookie:
        return _page(request, values, message=WRONG, status=422)
    return responses.see_other(values["next"], {"set-cookie": cookie})


async def sign_out(request: Request) -> Response:
    """End this session and remove its cookie."""
    config = request.app_context.config
    async with request.db.transaction() as connection:
        await sessions.end_by_token(connection, request.app_context, request.cookies[sessions.cookie_name(config)])
    return responses.see_other("/sign-in?signed_out=true", {"set-cookie": sessions.cookie(config, "")})


def safe_target(target: str) -> str:
    """`target` if it is a path of our own pages, else `/`. Prevents redirects to other sites."""
    plain = target.isprintable() and "\\" not in target and not target.startswith("//")
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    if not plain or not target.startswith("/") or parts.scheme or parts.netloc or parts.path == "/sign-in":
        return "/"
    return target


async def _check(request: Request, form: forms.SignIn) -> str:
    """The cookie of a new session, or nothing if the e-mail or the password is wrong.

    Raises `RateLimitedError`.
    """
    context, email = request.app_context, normalize_email(form.email)
    account, client = context.digest("account", email), request.address_hash
    async with request.db.transaction() as connection:
        await throttle.count_attempt(connection, account, client)
        row = await queries.find_by_email(connection, email)
    # Outside the transaction, because hashing is slow. An unknown e-mail takes as long as a known one.
    is_correct = await check_password(row[1] if row else None, passwords.normalize(form.password))
    if row is None or not is_correct:
        _log.info("sign_in_failed")
        return ""
    async with request.db.transaction() as connection:
        await throttle.clear(connection, account, client)
        old_token = request.cookies.get(sessions.cookie_name(context.config), "")
        if old_token:
            await sessions.end_by_token(connection, context, old_token)
        token = await sessions.start_session(connection, context, row[0], request.device)
    return sessions.cookie(context.config, token)


def _page(
    request: Request,
    values: dict[str, str],
    *,
    faults: dict[str, str] | None = None,
    message: str = "",
    signed_out: bool = False,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    return views.page(
        request, "auth/sign_in.html", status=status, headers=headers, values=values, faults=faults or {},
        message=message, signed_out=signed_out,
    )  # fmt: skip
