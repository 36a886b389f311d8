"""The page where a user creates and revokes the address of their calendar, and the feed at that address."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from crm.accounts import auth, settings
from crm.accounts.audit import AuditAction, Target, record_audit
from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError
from crm.kernel.http.request import Request
from crm.kernel.security.tokens import new_token
from crm.workspace.calendar_feed import queries
from crm.workspace.calendar_feed.ical import build_calendar


async def show(request: Request) -> Response:
    """Show whether there is a feed. Its address is only shown once."""
    async with request.db.connection() as conn:
        feed = await queries.find(conn, auth.session_of(request).user_id)
    return views.page(request, "calendar_feed/show.html", feed=feed, url="")


async def create(request: Request) -> Response:
    """Create the address, or a new one in place of the old, and show it."""
    token = new_token()
    async with request.db.transaction() as conn:
        await queries.replace(conn, auth.session_of(request).user_id, _hash(request, token))
        await _record(conn, request, AuditAction.CALENDAR_CREATED)
        feed = await queries.find(conn, auth.session_of(request).user_id)
    url = f"{request.app_context.config.base_url}/calendar/{token}.ics"
    return views.page(request, "calendar_feed/show.html", feed=feed, url=url)


async def revoke(request: Request) -> Response:
    """End the feed."""
    async with request.db.transaction() as conn:
        if not await queries.revoke(conn, auth.session_of(request).user_id):
            return views.redirect_with_toast("/calendar", "There was no calendar address.")
        await _record(conn, request, AuditAction.CALENDAR_REVOKED)
    return views.redirect_with_toast("/calendar", "The calendar address no longer works.")


async def read(request: Request) -> Response:
    """The calendar, for a program that has the address. Raises `NotFoundError` for any other address."""
    token: str = request.path_params["token"].removesuffix(".ics")
    async with request.db.connection() as conn:
        reader = await queries.find_reader(conn, _hash(request, token))
        if reader is None:
            raise NotFoundError("There is no calendar at this address. It may have been revoked.")
        user_id, name = reader
        config = await settings.read(conn)
        tasks = await queries.list_tasks(conn, user_id)
    title = f"{config.organization_name}: {name}"
    # In a thread, because five hundred tasks take half a second.
    content = await asyncio.to_thread(
        build_calendar, tasks, name=title, base_url=request.app_context.config.base_url, zone=config.time_zone
    )
    headers = {"cache-control": "private, no-store", "content-disposition": 'inline; filename="tasks.ics"'}
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


def _hash(request: Request, token: str) -> bytes:
    return request.app_context.digest("calendar", token)


async def _record(conn: Connection, request: Request, action: AuditAction) -> None:
    await record_audit(conn, action, by=request.actor, target=Target("user", request.actor.id, request.actor.name))
