"""Who may enter a page: a person with a living session, and changes only from our own pages."""

from __future__ import annotations

from crm.auth import layout_context, sessions
from crm.auth.models import Session, User
from crm.kernel.errors import UnauthenticatedError
from crm.kernel.http import origin
from crm.kernel.http.access_policy import AccessPolicy
from crm.kernel.http.request import Request


async def _enter(request: Request) -> None:
    origin.same_origin(request)
    token = request.cookies.get(sessions.cookie_name(request.app_context.config), "")
    if not token:
        raise UnauthenticatedError("Sign in to see this page.")
    async with request.db.connection() as connection:
        entered = await layout_context.enter(
            connection, request.app_context, sessions.token_hash(request.app_context, token)
        )
        if entered is None:
            raise UnauthenticatedError("Your session has ended. Sign in again.")
        if sessions.due(entered.session):
            await sessions.renew(connection, entered.session)
    request.scope.update(actor=entered.user.actor, person=entered.user, session_of=entered.session, frame=entered.frame)


person = AccessPolicy("person", _enter)
"""A person who has signed in."""


def user_of(request: Request) -> User:
    """The person the guard let in."""
    return request.scope["person"]  # type: ignore[no-any-return]


def session_of(request: Request) -> Session:
    """The session they came with."""
    return request.scope["session_of"]  # type: ignore[no-any-return]
