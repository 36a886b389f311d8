"""Signing in through an OpenID provider. It opens accounts of the team, and creates none."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.responses import Response

from crm.accounts import account_mail, oidc
from crm.accounts.account_mail import AccountMail
from crm.accounts.audit import AuditAction, Target, record_audit, record_refusal
from crm.accounts.auth import queries, sign_in, throttle, two_factor
from crm.accounts.auth.actions import normalize_email
from crm.accounts.auth.authenticate import user_of
from crm.accounts.auth.kept_forms import continuation_of, safe_target
from crm.accounts.auth.models import User
from crm.accounts.auth.start_session import add_cookies
from crm.accounts.oidc import OidcError, Profile
from crm.config import Config
from crm.kernel import clock, views
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError, RateLimitedError
from crm.kernel.http import responses
from crm.kernel.http.forms import parse_query
from crm.kernel.http.request import Request


class StartQuery(msgspec.Struct, frozen=True):
    next: str = "/"


class CallbackQuery(msgspec.Struct, frozen=True):
    """What the provider sends back: a code, or an error (RFC 6749, section 4.1.2)."""

    state: Annotated[str, msgspec.Meta(max_length=200)] = ""
    code: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    error: Annotated[str, msgspec.Meta(max_length=200)] = ""


class _RefusedError(OidcError):
    """The provider has proven somebody who may not sign in here."""

    def __init__(self, email: str, message: str, user: User | None = None) -> None:
        super().__init__(message, 403)
        self.target = Target("user", user.id if user else None, email)


async def start(request: Request) -> Response:
    """Go to the provider."""
    config, query = request.app_context.config, parse_query(request, StartQuery)
    _check_configured(config)
    try:
        url, kept = await oidc.begin_flow(request.app_context, safe_target(query.next))
    except OidcError as error:
        return _refuse(request, str(error), error.status)
    return responses.see_other(url, {"set-cookie": _cookie(config, kept)})


async def sign_in_with_openid(request: Request) -> Response:
    """Start a session of the user whom the provider has proven."""
    context, query = request.app_context, parse_query(request, CallbackQuery)
    _check_configured(context.config)
    client, account = request.address_hash, context.digest("openid")
    if query.error:
        return _refuse(request, f"You did not sign in at {context.config.oidc_name}. Try again, or another way.")
    try:
        async with request.db.transaction() as connection:
            await throttle.count_attempt(connection, account, client)
        kept = request.cookies.get(_cookie_name(context.config), "")
        profile, next_page = await oidc.complete_flow(context, kept, state=query.state, code=query.code)
        async with request.db.transaction() as connection:
            found = await _find_user(connection, request, profile)
            await throttle.clear(connection, account, client)
            values = {"email": "", **continuation_of({"next": next_page})}
            response = await two_factor.complete_sign_in(connection, request, found, values, "openid")
    except OidcError as error:
        if isinstance(error, _RefusedError):
            await _record_refusal(request, error.target)
        return _refuse(request, str(error), error.status)
    except RateLimitedError as error:
        return _refuse(request, error.detail, error.status)
    return add_cookies(response, [_cookie(context.config, "")])


async def unlink(request: Request) -> Response:
    """Unlink the account of the provider. The next sign-in with the same address links one again."""
    async with request.db.transaction() as connection:
        user = user_of(request)
        identity = await oidc.delete(connection, user.id, request.id)
        if identity is None:
            raise NotFoundError("You have no such account linked.")
        await _record(connection, AuditAction.IDENTITY_UNLINKED, user, request.actor, identity.email)
    return views.redirect_with_toast("/profile", f"{identity.email} is unlinked.")


async def _find_user(connection: Connection, request: Request, profile: Profile) -> tuple[User, str]:
    """The user of an account at the provider: the linked one, else the one with its verified e-mail, who is linked.

    Raises `_RefusedError`.
    """
    config, email = request.app_context.config, normalize_email(profile.email)
    identity = await oidc.find_identity(connection, config.oidc_issuer, profile.sub)
    if identity is not None:
        row = await queries.find_with_hash(connection, identity.user_id)
        assert row is not None, "an identity goes with its user"
    elif not profile.email_verified:
        raise _RefusedError(email, f"{config.oidc_name} has not verified your address {email}. Verify it "
                             "there, or sign in with your password.")  # fmt: skip
    else:
        row = await queries.find_by_email(connection, email)
    if row is None:
        raise _RefusedError(email, f"Nobody in the team has the address {email}. Ask an owner to invite you.")
    user, encoded = row
    if user.disabled_at is not None:
        raise _RefusedError(user.email, sign_in.DISABLED, user)
    if identity is not None:
        await oidc.set_used(connection, identity.id, clock.now())
        return user, encoded
    linked = await oidc.insert_identity(
        connection, user_id=user.id, issuer=config.oidc_issuer, subject=profile.sub, email=email, at=clock.now()
    )
    if linked is None:
        raise _RefusedError(email, f"You are linked with another account of {config.oidc_name}. Sign in with "
                             "your password, and unlink it in your profile.", user)  # fmt: skip
    await _record(connection, AuditAction.IDENTITY_LINKED, user, user.actor.at(request.address), email)
    await account_mail.enqueue(connection, request.app_context, _build_notice(config, user))
    return user, encoded


async def _record_refusal(request: Request, target: Target) -> None:
    by = Actor("visitor", None, target.name).at(request.address)
    async with request.db.transaction() as connection:
        await record_refusal(connection, AuditAction.IDENTITY_REFUSED, by=by, target=target)


async def _record(connection: Connection, action: AuditAction, user: User, by: Actor, email: str) -> None:
    await record_audit(connection, action, by=by, target=Target("user", user.id, user.email), after={"account": email})


def _build_notice(config: Config, user: User) -> AccountMail:
    name = config.site.organization.name
    body = (
        f"You can now sign in to the CRM of {name} with {config.oidc_name}, as {user.email}.\n\n"
        f"If it was not you, unlink it and change your password: {config.base_url}/profile\n"
    )
    return AccountMail(user.email, f"{config.oidc_name} now signs you in to the CRM of {name}", body)


def _refuse(request: Request, message: str, status: int = 422) -> Response:
    response = sign_in.render(request, {"email": "", "next": "/"}, message=message, status=status)
    return add_cookies(response, [_cookie(request.app_context.config, "")])


def _check_configured(config: Config) -> None:
    if not config.oidc_issuer:
        raise NotFoundError("Sign-in through an OpenID provider is not set up here.")


def _cookie(config: Config, kept: str) -> str:
    """The Set-Cookie value that keeps a sign-in that has begun, or removes it if `kept` is empty."""
    secure = "; Secure" if config.secure else ""
    age = 900 if kept else 0
    return f"{_cookie_name(config)}={kept}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"


def _cookie_name(config: Config) -> str:
    return "__Host-openid" if config.secure else "openid"
