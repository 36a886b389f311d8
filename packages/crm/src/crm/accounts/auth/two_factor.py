"""The page that sets two-factor authentication up, and the step of the sign-in that asks for the code."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from starlette.responses import Response

from crm.accounts import account_mail
from crm.accounts.account_mail import AccountMail
from crm.accounts.audit import AuditAction, Target, record_audit, record_refusal
from crm.accounts.auth import kept_forms, queries, throttle, totp
from crm.accounts.auth.authenticate import user_of
from crm.accounts.auth.forms import Continuation
from crm.accounts.auth.models import Method, User
from crm.accounts.auth.start_session import go_on, start_session
from crm.kernel import clock, views
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import RateLimitedError
from crm.kernel.http import responses
from crm.kernel.http.forms import draft
from crm.kernel.http.request import Request

FirstMethod = Literal["password", "openid"]
"""What a code may follow."""
URL = "/profile/two-factor"
WAITS_FOR = timedelta(minutes=10)
"""How long the sign-in waits for the code."""
WRONG = "Wrong code, or one that was used already. Enter the newest code of your app."


class Code(msgspec.Struct, frozen=True):
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class SignInCode(Continuation, frozen=True, kw_only=True):
    """`ticket` proves what came before the code."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    ticket: Annotated[str, msgspec.Meta(max_length=200)]


async def complete_sign_in(
    connection: Connection, request: Request, found: tuple[User, str], values: dict[str, str], method: FirstMethod
) -> Response:
    """Start the session of the user with this password hash, or ask for the code of their app first."""
    user, encoded = found
    if not (await totp.read(connection, user)).active:
        return go_on(request, values, await start_session(connection, request, user, method))
    until = int((clock.now() + WAITS_FOR).timestamp())
    ticket = f"{user.id}-{until}-{method}-{_sign(request.app_context, user.id, until, method, encoded)}"
    return _code_page(request, {**values, "ticket": ticket})


async def sign_in_with_code(request: Request) -> Response:
    """Start the session if the code of the app, or a recovery code, is right."""
    posted = await draft(request, SignInCode)
    values = {"ticket": posted.values.get("ticket", ""), **kept_forms.continuation_of(posted.values)}
    if posted.form is None:
        return _code_page(request, values, posted.errors.get("code", ""), status=422)
    user, first = await _read_ticket(request, posted.form.ticket)
    if user is None:
        return responses.see_other("/sign-in?ended=true")
    context, account = request.app_context, request.app_context.digest("second factor", str(user.id))
    try:
        async with request.db.transaction() as connection:
            await throttle.count_attempt(connection, account, request.address_hash)
    except RateLimitedError as error:
        return _code_page(request, values, error.detail, status=429, headers=error.headers)
    async with request.db.transaction() as connection:
        by, target = user.actor.at(request.address), Target("user", user.id, user.email)
        method: Method = "openid" if first == "openid" else "code"
        if not await totp.check_code(connection, context, user, posted.form.code):
            if not await totp.use_recovery_code(connection, context, user, posted.form.code):
                await record_refusal(connection, AuditAction.CODE_FAILED, by=by, target=target)
                return _code_page(request, values, WRONG, status=422)
            await record_audit(connection, AuditAction.RECOVERY_CODE_USED, by=by, target=target)
            method = "openid" if first == "openid" else "recovery_code"
        await throttle.clear(connection, account, request.address_hash)
        cookies = await start_session(connection, request, user, method)
    return go_on(request, values, cookies)


async def show(request: Request) -> Response:
    """Show the second factor, or how to set it up."""
    return await _page(request)


async def start(request: Request) -> Response:
    """Set a secret up, and show its QR code."""
    async with request.db.transaction() as connection:
        await totp.start(connection, request.app_context, user_of(request))
    return responses.see_other(URL)


async def confirm(request: Request) -> Response:
    """Turn it on if the code is right, and show the recovery codes once."""
    posted, user = await draft(request, Code), user_of(request)
    async with request.db.transaction() as connection:
        found = await totp.read(connection, user)
        is_right = (
            found.pending
            and posted.form is not None
            and await totp.check_code(connection, request.app_context, user, posted.form.code)
        )
        if is_right:
            codes = await totp.confirm(connection, request.app_context, user)
            await _record(connection, request, AuditAction.TWO_FACTOR_ADDED)
    if not is_right:
        return await _page(request, {"code": posted.errors.get("code", WRONG)}, status=422)
    return _show_codes(request, codes)


async def renew(request: Request) -> Response:
    """Replace the recovery codes, and show them once."""
    async with request.db.transaction() as connection:
        codes = await totp.renew_recovery_codes(connection, request.app_context, user_of(request))
        await _record(connection, request, AuditAction.RECOVERY_CODES_RENEWED)
    return _show_codes(request, codes)


async def remove(request: Request) -> Response:
    """Turn it off."""
    async with request.db.transaction() as connection:
        await totp.remove(connection, user_of(request))
        await _record(connection, request, AuditAction.TWO_FACTOR_REMOVED)
    return views.redirect_with_toast("/profile", "Two-factor authentication is off.")


async def _record(connection: Connection, request: Request, action: AuditAction) -> None:
    """Record the change, and mail its user about it."""
    user, config = user_of(request), request.app_context.config
    await record_audit(connection, action, by=request.actor, target=Target("user", user.id, user.email))
    body = (
        f"{action.label}: the account {user.email} in the CRM of {config.site.organization.name}.\n\n"
        "If it was not you, change your password at once, and look at your sessions:\n"
        f"{config.base_url}/profile\n"
    )
    await account_mail.enqueue(connection, request.app_context, AccountMail(user.email, action.label, body))


async def _read_ticket(request: Request, ticket: str) -> tuple[User | None, str]:
    """Who proved it a moment ago, and how; None for a ticket that is over, or is not ours."""
    user_id, until, method, signature = (*ticket.split("-", 3), "", "", "", "")[:4]
    if all(part.isascii() and part.isdecimal() and len(part) < 16 for part in (user_id, until)):
        async with request.db.connection() as connection:
            row = await queries.find_with_hash(connection, int(user_id))
        if row is not None and row[0].disabled_at is None:
            expected = _sign(request.app_context, row[0].id, int(until), method, row[1])
            is_valid = hmac.compare_digest(signature.encode(), expected.encode())
            if is_valid and datetime.fromtimestamp(int(until), UTC) > clock.now():
                return row[0], method
    return None, ""


def _sign(context: AppContext, user_id: int, until: int, method: str, encoded: str) -> str:
    return context.digest("sign-in ticket", str(user_id), str(until), method, encoded).hex()


def _code_page(
    request: Request, values: dict[str, str], error: str = "", *, status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    return views.page(
        request,
        "auth/code.html",
        status=status,
        headers=headers,
        values=values,
        errors={"code": error} if error else {},
    )


async def _page(request: Request, errors: dict[str, str] | None = None, *, status: int = 200) -> Response:
    import segno  # noqa: PLC0415 few processes need it

    user, context = user_of(request), request.app_context
    values: dict[str, Any] = {}
    async with request.db.connection() as connection:
        found = await totp.read(connection, user)
        if found.pending:
            secret = await totp.read_secret(connection, context, user)
            code = segno.make(totp.uri_of(context, user, secret), micro=False)
            values = {"secret": secret, "qr": code.svg_inline(scale=4, border=4, light="white")}
    return views.page(request, "auth/two_factor.html", status=status, found=found, errors=errors or {}, **values)


def _show_codes(request: Request, codes: list[str]) -> Response:
    return views.page(request, "auth/recovery_codes.html", codes=codes)
