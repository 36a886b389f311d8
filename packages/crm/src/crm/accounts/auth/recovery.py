"""Lost passwords: a signed link by mail that sets a new one.

The link holds a signature over the current password hash. So it works once, and no table lets anybody in.
"""

from __future__ import annotations

import hmac
from asyncio import to_thread
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from starlette.responses import Response

from crm.accounts import account_mail
from crm.accounts.account_mail import AccountMail
from crm.accounts.audit import AuditAction, Target, record_audit
from crm.accounts.auth import passwords, queries, sessions, throttle
from crm.accounts.auth.actions import build_password_notice, normalize_email
from crm.accounts.auth.hashing import hash_password
from crm.accounts.auth.models import User
from crm.kernel import clock, jobs, views
from crm.kernel.actor import VISITOR
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError, RateLimitedError, ServiceUnavailableError
from crm.kernel.http import responses
from crm.kernel.http.forms import draft
from crm.kernel.http.request import Request

JOB = "send_password_link"
LINK_VALID_FOR = timedelta(hours=1)
INVALID = "This link has been used, has expired or is incomplete. Ask for a new one."


class Forgotten(msgspec.Struct, frozen=True):
    email: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]


class NewPassword(msgspec.Struct, frozen=True):
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


async def show(request: Request) -> Response:
    """Ask for the e-mail address."""
    return _page(request, {"email": ""})


async def send(request: Request) -> Response:
    """Send a link. The response is the same whether or not the address belongs to somebody."""
    posted = await draft(request, Forgotten)
    if posted.form is None:
        return _page(request, posted.values, posted.errors, status=422)
    context, email = request.app_context, normalize_email(posted.form.email)
    try:
        async with request.db.transaction() as connection:
            await throttle.count_attempt(connection, context.digest("forgotten", email), request.address_hash)
            await jobs.enqueue(
                connection, JOB, {"email": email, "client_ip": request.address}, priority=jobs.SOON
            )  # fmt: skip
    except RateLimitedError as error:
        return _page(request, posted.values, {"email": error.detail}, status=error.status, headers=error.headers)
    return _page(request, {"email": email}, sent=True)


async def send_link(context: AppContext, payload: dict[str, Any]) -> None:
    """The job that mails the link, if the address belongs to a user who can sign in."""
    async with context.db.transaction() as connection:
        row = await queries.find_by_email(connection, payload["email"])
        if row is None or row[0].disabled_at is not None:
            return
        user, encoded = row
        link = build_link(context, user, encoded)
        name = context.config.site.organization.name
        body = (
            f"Somebody, hopefully you, has forgotten the password of {user.email} in the CRM of {name}.\n\n"
            f"Choose a new password:\n{link}\n\n"
            "The link works once, for one hour. If it was not you, ignore this mail: your password stays as it is.\n"
        )
        await account_mail.enqueue(
            connection, context, AccountMail(user.email, f"Your password for the CRM of {name}", body, link)
        )
        await record_audit(
            connection, AuditAction.PASSWORD_LINK_SENT, by=VISITOR.at(payload["client_ip"]),
            target=Target("user", user.id, user.email),
        )  # fmt: skip


async def choose(request: Request) -> Response:
    """Show the form of a new password, or that the link does not work."""
    async with request.db.connection() as connection:
        user = await _find(connection, request)
    return _form(request, user)


async def reset(request: Request) -> Response:
    """Set the new password and end every session."""
    posted = await draft(request, NewPassword)
    async with request.db.connection() as connection:
        user = await _find(connection, request)
    if user is None or posted.form is None:
        return _form(request, user, posted.errors, status=422)
    password = passwords.normalize(posted.form.password)
    if weakness := await to_thread(passwords.find_error, password, email=user.email, name=user.name):
        return _form(request, user, {"password": weakness}, status=422)
    try:
        password_hash = await hash_password(password)
    except ServiceUnavailableError as error:
        return _form(request, user, {"password": error.detail}, status=error.status, headers=error.headers)
    async with request.db.transaction() as connection:
        # Again, because the link may have been used meanwhile.
        if await _find(connection, request, lock=True) is None:
            return _form(request, None)
        await queries.set_password_hash(connection, user.id, password_hash, clock.now())
        await sessions.end_all(connection, user.id)
        await account_mail.enqueue(connection, request.app_context, build_password_notice(request.app_context, user))
        await record_audit(
            connection, AuditAction.PASSWORD_RESET, by=user.actor.at(request.address),
            target=Target("user", user.id, user.email),
        )  # fmt: skip
    return responses.see_other("/sign-in?reset=true")


async def build_link_for(connection: Connection, context: AppContext, email: str) -> tuple[User, str]:
    """The user with this address, and a link that sets their password. Raises `NotFoundError`."""
    row = await queries.find_by_email(connection, normalize_email(email))
    if row is None:
        raise NotFoundError(f"No user has the e-mail {normalize_email(email)}.")
    return row[0], build_link(context, *row)


def build_link(context: AppContext, user: User, encoded: str) -> str:
    """A link that sets the password of this user, as long as it is the one with this hash."""
    until = int((clock.now() + LINK_VALID_FOR).timestamp())
    return f"{context.config.base_url}/reset-password/{user.id}/{until}-{_sign(context, user, encoded, until)}"


async def _find(connection: Connection, request: Request, *, lock: bool = False) -> User | None:
    """The user of the link in the URL; None if it does not work any more."""
    until, _, signature = request.path_params["token"].partition("-")
    row = await queries.find_with_hash(connection, request.id, lock=lock)
    if row is None or not (until.isascii() and until.isdecimal() and len(until) <= 12):
        return None
    user, encoded = row
    expected = _sign(request.app_context, user, encoded, int(until))
    is_valid = hmac.compare_digest(signature.encode(), expected.encode())
    is_over = datetime.fromtimestamp(int(until), UTC) <= clock.now() if is_valid else True
    return None if is_over or user.disabled_at is not None else user


def _sign(context: AppContext, user: User, encoded: str, until: int) -> str:
    return context.digest("password link", str(user.id), encoded, str(until)).hex()


def _page(
    request: Request,
    values: dict[str, Any],
    errors: dict[str, str] | None = None,
    *,
    sent: bool = False,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    return views.page(
        request, "auth/forgotten.html", status=status, headers=headers, values=values, errors=errors or {}, sent=sent,
        is_sent=account_mail.is_sent(request.app_context),
    )  # fmt: skip


def _form(
    request: Request,
    user: User | None,
    errors: dict[str, str] | None = None,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    return views.page(
        request, "auth/new_password.html", status=status if user else 404, headers=headers, user=user,
        errors=errors or {}, message="" if user else INVALID,
    )  # fmt: skip
