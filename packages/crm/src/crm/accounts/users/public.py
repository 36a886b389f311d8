"""Accepting an invitation, for somebody who has no account yet."""

from __future__ import annotations

from asyncio import to_thread

from starlette.responses import Response

from crm.accounts import auth
from crm.accounts.auth import User
from crm.accounts.users import forms, invitations
from crm.accounts.users.models import Invitation
from crm.kernel import views
from crm.kernel.errors import AppError, ConflictError, NotFoundError
from crm.kernel.http import responses
from crm.kernel.http.forms import Draft, draft
from crm.kernel.http.request import Request


async def show(request: Request) -> Response:
    """Show the form that creates the account, or why the link does not work."""
    try:
        invitation = await _check(request)
    except (NotFoundError, ConflictError) as error:
        return _refuse(request, error)
    return _form(request, invitation, Draft({"name": ""}))


async def accept(request: Request) -> Response:
    """Create the account and sign in."""
    posted = await draft(request, forms.Accept)
    try:
        invitation = await _check(request)
        if posted.form is None:
            return _form(request, invitation, posted)
        name, password = posted.form.name, auth.normalize_password(posted.form.password)
        if error := await to_thread(auth.find_password_error, password, email=invitation.email, name=name):
            posted.add_error("password", error)
            return _form(request, invitation, posted)
        # Outside the transaction, because hashing is slow.
        password_hash = await auth.hash_password(password)
        async with request.db.transaction() as connection:
            user = await invitations.create(
                connection, request.app_context, invitation.id, _token(request), name=name, password_hash=password_hash
            )
    except (NotFoundError, ConflictError) as error:
        return _refuse(request, error)
    return await _sign_in(request, user)


async def _check(request: Request) -> Invitation:
    async with request.db.transaction() as connection:
        return await invitations.check(connection, request.app_context, request.id, _token(request))


async def _sign_in(request: Request, user: User) -> Response:
    async with request.db.transaction() as connection:
        cookies = await auth.start_session(connection, request, user, "invitation")
    return auth.add_cookies(responses.see_other("/"), cookies)


def _token(request: Request) -> str:
    token: str = request.path_params["token"]
    return token


def _form(request: Request, invitation: Invitation, posted: Draft[forms.Accept]) -> Response:
    return views.page(request, "users/accept.html", draft=posted, invitation=invitation)


def _refuse(request: Request, error: AppError) -> Response:
    return views.page(request, "users/refused.html", status=error.status, message=error.detail)
