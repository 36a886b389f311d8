"""The profile page: name, theme, password and sessions of the signed-in user."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from crm.accounts import oidc, passkeys
from crm.accounts.audit import AuditAction, Target, record_audit
from crm.accounts.auth import actions, forms, sessions, totp
from crm.accounts.auth.authenticate import session_of, user_of
from crm.accounts.auth.models import METHOD_LABELS
from crm.accounts.auth.user_agents import device_name
from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError, RateLimitedError, ServiceUnavailableError
from crm.kernel.http.forms import Draft, draft
from crm.kernel.http.request import Request


async def show(request: Request) -> Response:
    """Show the profile."""
    return await _page(request)


async def change(request: Request) -> Response:
    """Change name and theme."""
    posted = await draft(request, forms.Profile)
    if posted.form is None:
        return await _page(request, profile=posted, status=422)
    async with request.db.transaction() as connection:
        await actions.change_profile(
            connection, user_of(request), name=posted.form.name, theme=posted.form.theme, by=request.actor
        )
    return views.redirect_with_toast("/profile", "Profile saved.")


async def change_password(request: Request) -> Response:
    """Change the password and end every other session."""
    posted = await draft(request, forms.ChangePassword)
    try:
        with posted.collect_errors():
            form = posted.require_form()
            ended = await actions.change_password(
                request.app_context, session_of(request), user_of(request), current=form.current, new=form.new,
                by=request.actor,
            )  # fmt: skip
            return views.redirect_with_toast("/profile", f"Password changed. {_describe_ended_sessions(ended)}")
    except (RateLimitedError, ServiceUnavailableError) as error:
        posted.add_error("current", error.detail)
        return await _page(request, password=posted, status=error.status, headers=error.headers)
    return await _page(request, password=posted, status=422)


async def end_session(request: Request) -> Response:
    """End one other session."""
    async with request.db.transaction() as connection:
        if not await sessions.end(connection, user_of(request).id, request.id):
            raise NotFoundError("This session has already ended.")
        await _record_ended(connection, request, 1)
    return views.redirect_with_toast("/profile#sessions", "Session ended.")


async def end_other_sessions(request: Request) -> Response:
    """End every session but this one."""
    async with request.db.transaction() as connection:
        ended = await sessions.end_others(connection, session_of(request))
        await _record_ended(connection, request, ended)
    return views.redirect_with_toast("/profile#sessions", _describe_ended_sessions(ended))


async def _record_ended(connection: Connection, request: Request, number: int) -> None:
    user = user_of(request)
    await record_audit(
        connection, AuditAction.SESSIONS_ENDED, by=request.actor, target=Target("user", user.id, user.email),
        after={"sessions_ended": number},
    )  # fmt: skip


def _describe_ended_sessions(ended: int) -> str:
    return f"{views.plural(ended, 'other session')} ended." if ended else "There were no other sessions."


async def _page(
    request: Request,
    *,
    profile: Draft[Any] | None = None,
    password: Draft[Any] | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    user, current = user_of(request), session_of(request)
    async with request.db.connection() as connection:
        open_sessions = await sessions.list_sessions(connection, user.id)
        second_factor = await totp.read(connection, user)
        identities = await oidc.list_identities(connection, user.id)
        own_passkeys = await passkeys.list_passkeys(connection, user.id)
    return views.page(
        request,
        "auth/profile.html",
        status=status,
        headers=headers,
        values=profile.values if profile else {"name": user.name, "theme": user.theme},
        errors=profile.errors if profile else {},
        second_factor=second_factor,
        passkeys=own_passkeys,
        provider=request.app_context.config.oidc_name,
        identities=identities,
        methods=METHOD_LABELS,
        password_errors=password.errors if password else {},
        sessions=[(each, device_name(each.device), each.id == current.id) for each in open_sessions],
    )
