"""Asks for the password or a passkey before a sensitive change, unless that was done in the last 15 minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

import msgspec
from starlette.requests import HTTPConnection
from starlette.responses import Response

from crm.accounts import passkeys
from crm.accounts.auth import actions, kept_forms, sessions
from crm.accounts.auth.authenticate import session_of, user_of
from crm.accounts.auth.forms import Continuation
from crm.accounts.auth.kept_forms import safe_target
from crm.accounts.auth.models import Session
from crm.accounts.auth.start_session import go_on
from crm.kernel import clock, views
from crm.kernel.errors import ForbiddenError, RateLimitedError, ServiceUnavailableError
from crm.kernel.http import origin, responses
from crm.kernel.http.forms import draft, parse_query
from crm.kernel.http.request import Request

CONFIRMED_FOR = timedelta(minutes=15)


class ConfirmationRequiredError(ForbiddenError):
    """The session was not confirmed lately."""


class Confirm(Continuation, frozen=True, kw_only=True):
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class ConfirmQuery(msgspec.Struct, frozen=True):
    next: str = "/"
    to: str = ""


def check_confirmed(session: Session) -> None:
    """Raise `ConfirmationRequiredError` unless the session was confirmed in the last 15 minutes."""
    if session.confirmed_at is None or clock.now() - session.confirmed_at > CONFIRMED_FOR:
        raise ConfirmationRequiredError("Confirm that it is you first.")


async def handle_required(connection: HTTPConnection, _: ConfirmationRequiredError) -> Response:
    """Ask for the password. A form is kept, and sent afterwards."""
    request = Request(connection.scope)
    query = request.scope["query_string"].decode("ascii", "replace")
    target = quote(request.scope["path"] + (f"?{query}" if query else ""), safe="")
    if request.method in origin.SAFE:
        return responses.see_other(f"/confirm?next={target}")
    return Response(None, 307, {"location": f"/confirm/again?to={target}"})


async def show(request: Request) -> Response:
    """Ask for the password."""
    query = parse_query(request, ConfirmQuery)
    return await render(request, {"next": safe_target(query.next)})


async def keep(request: Request) -> Response:
    """Keep a form that needs a confirmation, and ask for the password."""
    query = parse_query(request, ConfirmQuery)
    return await render(request, await kept_forms.read(request, query.to))


async def confirm(request: Request) -> Response:
    """Confirm the session with the password, and go on."""
    posted = await draft(request, Confirm)
    values = kept_forms.continuation_of(posted.values)
    if posted.form is None:
        return await render(request, values, posted.errors, status=422)
    try:
        is_correct = await actions.check_current_password(
            request.app_context, session_of(request), user_of(request), posted.form.password, request.actor
        )
    except (RateLimitedError, ServiceUnavailableError) as error:
        return await render(request, values, {"password": error.detail}, status=error.status, headers=error.headers)
    if not is_correct:
        return await render(request, values, {"password": "Wrong password."}, status=422)
    async with request.db.transaction() as connection:
        await sessions.confirm(connection, session_of(request))
    return go_on(request, values, [])


def passkey_purpose(request: Request) -> str:
    """What a challenge of this session's confirmation is for."""
    return f"confirm {session_of(request).id}"


async def render(
    request: Request,
    values: dict[str, str],
    errors: dict[str, str] | None = None,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """The page that asks."""
    user, options = user_of(request), ""
    async with request.db.connection() as connection:
        existing = await passkeys.list_passkeys(connection, user.id)
    if existing:
        options = passkeys.build_request_options(request.app_context, passkey_purpose(request), existing)
    return views.page(
        request, "auth/confirm.html", status=status, headers=headers, values=values, errors=errors or {},
        email=user.email, passkey_options=options,
    )  # fmt: skip
