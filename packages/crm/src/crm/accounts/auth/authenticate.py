"""Finds the user of a page request by the session cookie."""

from __future__ import annotations

from crm.accounts.auth import sessions
from crm.accounts.auth.models import Session, User
from crm.kernel.db import Connection
from crm.kernel.errors import UnauthenticatedError
from crm.kernel.http.request import Request


async def authenticate(connection: Connection, request: Request) -> User:
    """Set the request's actor, user and session, and extend the session. Raises `UnauthenticatedError`."""
    token = request.cookies.get(sessions.cookie_name(request.app_context.config), "")
    if not token:
        raise UnauthenticatedError("Sign in to see this page.")
    found = await sessions.find(connection, request.app_context, token)
    if found is None:
        raise UnauthenticatedError("Your session has ended. Sign in again.")
    user, session = found
    if sessions.needs_renewal(session):
        await sessions.renew(connection, session)
    request.scope.update(actor=user.actor, person=user, session_of=session)
    return user


def user_of(request: Request) -> User:
    """The user of this request."""
    return request.scope["person"]  # type: ignore[no-any-return]


def session_of(request: Request) -> Session:
    """The session of this request."""
    return request.scope["session_of"]  # type: ignore[no-any-return]
