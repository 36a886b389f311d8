"""The channel of one user: where they hear of which events. Without one, they hear of their new leads by mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from crm.accounts.auth import User
from crm.event_names import EventName
from crm.kernel.actor import Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.outbound.notifications import actions, deliveries, queries, services
from crm.outbound.notifications.messages import EVENTS, Clean, choose_clean
from crm.outbound.notifications.models import Channel, Message

OWNER_EVENTS = frozenset({EventName.WEBHOOK_PAUSED})
"""Events whose page only owners may open."""
LABELS = {EventName.LEAD_ASSIGNED: "A lead was assigned to me"}
DEFAULT_EVENTS: Sequence[str] = (EventName.LEAD_ASSIGNED,)


def list_events(user: User) -> dict[str, str]:
    """The events that this user may choose, with their labels."""
    events = (EventName.LEAD_ASSIGNED, *(each for each in EVENTS if each not in OWNER_EVENTS or user.can("manage")))
    return {event.value: LABELS.get(event, event.label) for event in events}


async def find(connection: Connection, user_id: int) -> Channel | None:
    """The channel of this user."""
    found = await queries.list_of_users(connection, [user_id])
    return found.get(user_id)


def format_address(channel: Channel | None, user: User) -> str:
    """Where the user hears of things, as pages show it."""
    return f"{services.label(channel.service)} {channel.hint}" if channel else f"E-mail {user.email}"


async def read_address(connection: Connection, user: User) -> str:
    """Where the user hears of things now, as pages show it."""
    return format_address(await find(connection, user.id), user)


async def send(connection: Connection, user_id: int, build: Callable[[Clean], Message]) -> bool:
    """Send a message to the channel of this user, with all its retries. False if they have none that is on."""
    channel = await find(connection, user_id)
    if channel is None or not channel.active:
        return False
    await deliveries.send_message(connection, channel.id, build(choose_clean(channel.service)))
    return True


async def save(
    connection: Connection, context: AppContext, user: User, *, target: str, events: Iterable[str], by: Actor
) -> Channel:
    """Store what the user wants. An empty `target` keeps the stored one, which is their mailbox at first.

    Raises `ValidationError` for an invalid address.
    """
    allowed = list_events(user)
    wanted = [event for event in dict.fromkeys(events) if event in allowed]
    channel = await find(connection, user.id)
    if channel is not None:
        channel = await actions.lock(connection, channel.id, channel.version)
        return await actions.change_values(
            connection, context, channel, name=user.name, events=wanted, target=target, by=by
        )
    values = await actions.seal_target(context, target or user.email)
    return await actions.TABLE.insert(
        connection, {"name": user.name, "events": wanted, "user_id": user.id, **values}, by=by
    )


async def set_active(connection: Connection, user_id: int, *, active: bool, by: Actor) -> None:
    """Switch the channel of a user off when they are disabled, and on when they are enabled again."""
    channel = await find(connection, user_id)
    if channel is not None:
        await actions.set_active(connection, channel, active=active, by=by)
