"""The page where somebody chooses where they hear of which events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from starlette.responses import Response

from crm.accounts.auth import User
from crm.event_names import EventName
from crm.kernel import mail, views
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError
from crm.kernel.http.forms import Draft, draft
from crm.kernel.http.request import Request
from crm.outbound.deliveries import post_once
from crm.outbound.notifications import deliveries, personal
from crm.outbound.notifications.messages import EVENTS

URL = "/profile/notifications"

if TYPE_CHECKING:
    EventChoice = str
else:
    EventChoice = Literal[EventName.LEAD_ASSIGNED.value, *(name.value for name in EVENTS)]


class PersonalChannel(msgspec.Struct, frozen=True):
    """Where and of what somebody hears. An empty `target` keeps the stored one."""

    target: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    events: Annotated[list[EventChoice], msgspec.Meta(max_length=20)] = []


async def show(request: Request) -> Response:
    """Show what one has chosen."""
    return await _page(request)


async def change(request: Request) -> Response:
    """Save it."""
    posted = await draft(request, PersonalChannel)
    with posted.collect_errors():
        form = posted.require_form()
        async with request.db.transaction() as conn:
            await personal.save(
                conn, request.app_context, _user_of(request), target=form.target, events=form.events, by=request.actor
            )
        return views.redirect_with_toast(URL, "Saved." if form.events else "Saved. You are not notified of anything.")
    return await _page(request, posted)


async def send_test(request: Request) -> Response:
    """Send a test to one's own channel."""

    async def send(conn: Connection) -> str:
        channel = await personal.find(conn, request.actor.id or 0)
        if channel is None:
            raise NotFoundError("Save your notifications first, then send a test.")
        await deliveries.send_test(conn, channel)
        return URL

    return await post_once(request, send, "The test is on its way.")


def _user_of(request: Request) -> User:
    return views.layout_context(request).person  # type: ignore[no-any-return]


async def _page(request: Request, posted: Draft[Any] | None = None) -> Response:
    user = _user_of(request)
    async with request.db.connection() as conn:
        channel = await personal.find(conn, user.id)
        history = await deliveries.list_latest(conn, channel.id, limit=10) if channel else []
    chosen = posted.values.get("events", []) if posted else channel.events if channel else personal.DEFAULT_EVENTS
    return views.page(
        request, "notifications/personal.html", draft=posted or Draft({}), channel=channel, history=history,
        chosen=chosen, address=personal.format_address(channel, user),
        events=personal.list_events(user), carrier=mail.carrier(request.app_context.config),
    )  # fmt: skip
