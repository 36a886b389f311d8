"""The page of one's own passkeys, and signing in and confirming with one."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from starlette.responses import Response

from crm.accounts import account_mail, passkeys
from crm.accounts.account_mail import AccountMail
from crm.accounts.audit import AuditAction, Target, record_audit, record_refusal
from crm.accounts.auth import confirm, kept_forms, queries, sessions, sign_in, throttle
from crm.accounts.auth.authenticate import session_of, user_of
from crm.accounts.auth.forms import Continuation
from crm.accounts.auth.models import User
from crm.accounts.auth.start_session import go_on, start_session
from crm.accounts.auth.user_agents import device_name
from crm.accounts.passkeys import Passkey, PasskeyError
from crm.kernel import views
from crm.kernel.actor import VISITOR, Actor
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError, RateLimitedError
from crm.kernel.http.forms import Draft, draft
from crm.kernel.http.request import Request
from crm.values import Line

URL = "/profile/passkeys"
NO_ANSWER = "Your browser sent no passkey. It needs JavaScript, and a browser that knows passkeys."

Answer = Annotated[str, msgspec.Meta(max_length=20_000)]
"""What the device has signed, as JSON."""


class PasskeyAnswer(Continuation, frozen=True, kw_only=True):
    answer: Answer = ""


class NewPasskey(msgspec.Struct, frozen=True):
    name: Annotated[Line, msgspec.Meta(min_length=1, max_length=60)]
    answer: Answer = ""


async def sign_in_with_passkey(request: Request) -> Response:
    """Start a session of whoever proves a passkey. The code of an app is not asked for: the device knows its user."""
    posted = await draft(request, PasskeyAnswer)
    values = {"email": "", **kept_forms.continuation_of(posted.values)}
    try:
        async with request.db.transaction() as connection:
            await throttle.count_attempt(connection, request.app_context.digest("passkey"), request.address_hash)
        async with request.db.transaction() as connection:
            passkey = await _verify(connection, request, sign_in.PASSKEY_PURPOSE, posted)
            row = await queries.find_with_hash(connection, passkey.user_id)
            assert row is not None, "a passkey goes with its user"
            user, _ = row
            await _clear_attempts(connection, request)
            if user.disabled_at is None:
                cookies = await start_session(connection, request, user, "passkey")
            else:
                by, target = user.actor.at(request.address), Target("user", user.id, user.email)
                await record_refusal(connection, AuditAction.SIGN_IN_DISABLED, by=by, target=target)
    except PasskeyError as error:
        await _record_refusal(request, VISITOR.at(request.address), Target("passkey", None, "Sign-in"))
        return sign_in.render(request, values, message=str(error), status=422)
    except RateLimitedError as error:
        return sign_in.render(request, values, message=error.detail, status=error.status, headers=error.headers)
    if user.disabled_at is not None:
        return sign_in.render(request, values, message=sign_in.DISABLED, status=403)
    return go_on(request, values, cookies)


async def confirm_with_passkey(request: Request) -> Response:
    """Confirm the session with a passkey of its user, and go on."""
    posted, user = await draft(request, PasskeyAnswer), user_of(request)
    values = kept_forms.continuation_of(posted.values)
    try:
        async with request.db.transaction() as connection:
            passkey = await _verify(connection, request, confirm.passkey_purpose(request), posted)
            if passkey.user_id != user.id:
                raise PasskeyError("This passkey belongs to another account.")
            await sessions.confirm(connection, session_of(request))
    except PasskeyError as error:
        await _record_refusal(request, request.actor, Target("user", user.id, user.email))
        return await confirm.render(request, values, {"passkey": str(error)}, status=422)
    return go_on(request, values, [])


async def show(request: Request) -> Response:
    """Show one's own passkeys, and the form that adds one."""
    return await _page(request)


async def add(request: Request) -> Response:
    """Add the passkey that the browser has created."""
    posted, user = await draft(request, NewPasskey), user_of(request)
    if posted.form is None:
        return await _page(request, posted)
    try:
        if not posted.form.answer:
            raise PasskeyError(NO_ANSWER)
        async with request.db.transaction() as connection:
            passkey = await passkeys.register(
                connection, request.app_context, _purpose(request), posted.form.answer,
                user_id=user.id, name=posted.form.name,
            )  # fmt: skip
            await _record(connection, request, AuditAction.PASSKEY_ADDED, passkey)
    except PasskeyError as error:
        posted.add_error("answer", str(error))
        return await _page(request, posted)
    return views.redirect_with_toast(URL, f"Passkey “{passkey.name}” added.")


async def remove(request: Request) -> Response:
    """Remove a passkey. Its sessions go on."""
    async with request.db.transaction() as connection:
        passkey = await passkeys.delete(connection, user_of(request).id, request.id)
        if passkey is None:
            raise NotFoundError("You have no such passkey.")
        await _record(connection, request, AuditAction.PASSKEY_REMOVED, passkey)
    return views.redirect_with_toast(URL, f"Passkey “{passkey.name}” removed.")


async def _verify(connection: Connection, request: Request, purpose: str, posted: Draft[PasskeyAnswer]) -> Passkey:
    """The passkey of a form. Raises `PasskeyError`."""
    if posted.form is None or not posted.form.answer:
        raise PasskeyError(NO_ANSWER)
    return await passkeys.verify(connection, request.app_context, purpose, posted.form.answer)


async def _clear_attempts(connection: Connection, request: Request) -> None:
    await throttle.clear(connection, request.app_context.digest("passkey"), request.address_hash)


async def _record_refusal(request: Request, by: Actor, target: Target) -> None:
    async with request.db.transaction() as connection:
        await record_refusal(connection, AuditAction.PASSKEY_REFUSED, by=by, target=target)


async def _record(connection: Connection, request: Request, action: AuditAction, passkey: Passkey) -> None:
    """Record the change, and mail its user about it."""
    user, verb = user_of(request), "added to" if action is AuditAction.PASSKEY_ADDED else "removed from"
    await record_audit(
        connection, action, by=request.actor, target=Target("user", user.id, user.email),
        after={"passkey": passkey.name},
    )  # fmt: skip
    await account_mail.enqueue(connection, request.app_context, _build_notice(request, user, passkey, verb))


def _build_notice(request: Request, user: User, passkey: Passkey, verb: str) -> AccountMail:
    config = request.app_context.config
    name = config.site.organization.name
    body = (
        f"The passkey “{passkey.name}” was {verb} the account {user.email} in the CRM of {name}.\n\n"
        "If it was not you, change your password at once, and look at your passkeys and sessions:\n"
        f"{config.base_url}/profile\n"
    )
    return AccountMail(user.email, f"A passkey was {verb} your account", body)


def _purpose(request: Request) -> str:
    """What a challenge of a new passkey is for."""
    return f"register {session_of(request).id}"


async def _page(request: Request, posted: Draft[Any] | None = None) -> Response:
    user = user_of(request)
    async with request.db.connection() as connection:
        existing = await passkeys.list_passkeys(connection, user.id)
    options = passkeys.build_creation_options(
        request.app_context, _purpose(request), user_id=user.id, email=user.email, name=user.name, existing=existing
    )
    shown = posted or Draft({"name": device_name(request.device)[:60]})
    return views.page(request, "auth/passkeys.html", draft=shown, passkeys=existing, options=options)
