"""Checks that a page request has an open session, and that changes come from our own pages."""

from __future__ import annotations

from crm.accounts.auth import layout_context, sessions
from crm.accounts.auth.models import Session, User
from crm.kernel.errors import UnauthenticatedError
from crm.kernel.http import origin
from crm.kernel.http.access_policy import AccessPolicy
from crm.kernel.http.request import Request


async def _authenticate(request: Request) -> None:
    origin.same_origin(request)
    token = request.cookies.get(sessions.cookie_name(request.app_context.config), "")
    if not token:
        raise UnauthenticatedError("Sign in to see this page.")
    async with request.db.connection() as connection:
        signed_in = await layout_context.load(
            connection, request.app_context, sessions.token_hash(request.app_context, token)
        )
        if signed_in is None:
            raise UnauthenticatedError("Your session has ended. Sign in again.")
        if sessions.needs_renewal(signed_in.session):
            await sessions.renew(connection, signed_in.session)
    request.scope.update(
        actor=signed_in.user.actor, person=signed_in.user, session_of=signed_in.session, frame=signed_in.frame
    )


person = AccessPolicy("person", _authenticate)
"""Access for signed-in users."""


def user_of(request: Request) -> User:
    """The user of this request."""
    return request.scope["person"]  # type: ignore[no-any-return]


def session_of(request: Request) -> Session:
    """The session of this request."""
    return request.scope["session_of"]  # type: ignore[no-any-return]
