"""Signing in and out."""

from __future__ import annotations

from starlette.responses import Response

from crm.accounts import passkeys
from crm.accounts.audit import AuditAction, Target, record_audit, record_refusal
from crm.accounts.auth import forms, kept_forms, passwords, queries, sessions, throttle, two_factor
from crm.accounts.auth.actions import looks_like_email, normalize_email
from crm.accounts.auth.authenticate import user_of
from crm.accounts.auth.hashing import check_password
from crm.accounts.auth.kept_forms import safe_target
from crm.accounts.auth.models import User
from crm.kernel import log, views
from crm.kernel.actor import Actor
from crm.kernel.errors import ForbiddenError, RateLimitedError, ServiceUnavailableError
from crm.kernel.http import responses
from crm.kernel.http.forms import draft, parse_query
from crm.kernel.http.request import Request

WRONG = "Wrong e-mail or password."
DISABLED = "This account is disabled. Ask an owner to enable it."
PASSKEY_PURPOSE = "sign-in"
ENDED = "Your session has ended. Sign in to go on."
_log = log.get("auth")


async def show(request: Request) -> Response:
    """Show the sign-in page. A signed-in user is redirected."""
    query = parse_query(request, forms.SignInQuery)
    token = request.cookies.get(sessions.cookie_name(request.app_context.config), "")
    if token:
        async with request.db.connection() as connection:
            if await sessions.find(connection, request.app_context, token):
                return responses.see_other(safe_target(query.next))
    values = {"email": "", "next": safe_target(query.next)}
    return render(request, values, signed_out=query.signed_out, message=ENDED if query.ended else "", reset=query.reset)


async def sign_in(request: Request) -> Response:
    """Start a session, or show an error. Both take the same time, so that nobody learns which e-mails exist.

    A form that was sent after its session had ended is kept, and shown to be sent again.
    """
    query = parse_query(request, forms.SignInQuery)
    if query.to:
        kept = await kept_forms.read(request, query.to)
        return render(
            request, {"email": "", **kept}, message=f"{ENDED} What you typed is kept." if kept["kept"] else ENDED
        )
    posted = await draft(request, forms.SignIn)
    values = {"email": posted.values.get("email", ""), **kept_forms.continuation_of(posted.values)}
    if posted.form is None:
        return render(request, values, errors=posted.errors, status=422)
    try:
        found = await _check(request, posted.form)
        if found is None:
            return render(request, values, message=WRONG, status=422)
        async with request.db.transaction() as connection:
            return await two_factor.complete_sign_in(connection, request, found, values, "password")
    except (ForbiddenError, RateLimitedError, ServiceUnavailableError) as error:
        return render(request, values, message=error.detail, status=error.status, headers=error.headers)


async def sign_out(request: Request) -> Response:
    """End this session and remove its cookie."""
    config = request.app_context.config
    async with request.db.transaction() as connection:
        await sessions.end_by_token(connection, request.app_context, request.cookies[sessions.cookie_name(config)])
        user = user_of(request)
        await record_audit(
            connection, AuditAction.SIGNED_OUT, by=request.actor, target=Target("user", user.id, user.email)
        )
    # Not "cookies", which would also remove those of the public site, on the same domain.
    cleared = {"set-cookie": sessions.cookie(config, ""), "clear-site-data": '"cache", "storage"'}
    return responses.see_other("/sign-in?signed_out=true", cleared)


async def _check(request: Request, form: forms.SignIn) -> tuple[User, str] | None:
    """The user and their password hash, or None if the e-mail or the password is wrong.

    Raises `ForbiddenError` for a disabled account, `RateLimitedError` or `ServiceUnavailableError`.
    """
    context, email = request.app_context, normalize_email(form.email)
    name = email if looks_like_email(email) else "Not an e-mail address"
    visitor = Actor("visitor", None, name).at(request.address)
    account, client = context.digest("account", email), request.address_hash
    try:
        async with request.db.transaction() as connection:
            attempt = await throttle.count_attempt(connection, account, client)
            row = await queries.find_by_email(connection, email)
    except RateLimitedError:
        await _record_failure(request, AuditAction.SIGN_IN_BLOCKED, visitor, None)
        raise
    # Outside the transaction, because hashing is slow. An unknown e-mail takes as long as a known one.
    try:
        is_correct = await check_password(row[1] if row else None, passwords.normalize(form.password))
    except ServiceUnavailableError:
        async with request.db.connection() as connection:
            await throttle.take_back(connection, attempt)
        raise
    if row is None or not is_correct:
        _log.info("sign_in_failed")
        await _record_failure(request, AuditAction.SIGN_IN_FAILED, visitor, row[0].id if row else None)
        return None
    user = row[0]
    async with request.db.transaction() as connection:
        await throttle.clear(connection, account, client)
        if user.disabled_at is None:
            return row
        by = user.actor.at(request.address)
        await record_refusal(connection, AuditAction.SIGN_IN_DISABLED, by=by, target=Target("user", user.id, email))
    raise ForbiddenError(DISABLED)


async def _record_failure(request: Request, action: AuditAction, by: Actor, user_id: int | None) -> None:
    async with request.db.transaction() as connection:
        await record_refusal(connection, action, by=by, target=Target("user", user_id, by.name))


def render(
    request: Request,
    values: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    message: str = "",
    signed_out: bool = False,
    reset: bool = False,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """The sign-in page."""
    return views.page(
        request, "auth/sign_in.html", status=status, headers=headers, values=values, errors=errors or {},
        message=message, signed_out=signed_out, reset=reset,
        provider=request.app_context.config.oidc_name,
        passkey_options=passkeys.build_request_options(request.app_context, PASSKEY_PURPOSE),
    )  # fmt: skip
