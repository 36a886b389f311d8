"""Starts the session of a sign-in, whatever proved who it is."""

from __future__ import annotations

from starlette.responses import Response

from crm.accounts.audit import AuditAction, Target, record_audit
from crm.accounts.auth import devices, kept_forms, sessions
from crm.accounts.auth.models import METHOD_LABELS, Method, User
from crm.accounts.auth.user_agents import device_name
from crm.kernel.db import Connection
from crm.kernel.http import responses
from crm.kernel.http.request import Request


async def start_session(connection: Connection, request: Request, user: User, method: Method) -> list[str]:
    """Start a session of this browser in place of the one it had, and return its cookies."""
    context = request.app_context
    old_token = request.cookies.get(sessions.cookie_name(context.config), "")
    if old_token:
        await sessions.end_by_token(connection, context, old_token)
    token = await sessions.start_session(connection, context, user, request.device, method)
    await record_audit(
        connection, AuditAction.SIGNED_IN, by=user.actor.at(request.address),
        target=Target("user", user.id, user.email),
        after={"device": device_name(request.device), "method": METHOD_LABELS[method]},
    )  # fmt: skip
    return [sessions.cookie(context.config, token), await devices.recognize(connection, request, user)]


def add_cookies(response: Response, cookies: list[str]) -> Response:
    """The response with these cookies."""
    for cookie in cookies:
        response.headers.append("set-cookie", cookie)
    return response


def go_on(request: Request, values: dict[str, str], cookies: list[str]) -> Response:
    """What follows a sign-in: the page `next`, or the form that was kept."""
    response = kept_forms.render(request, values) if values["kept"] else responses.see_other(values["next"])
    return add_cookies(response, cookies)
