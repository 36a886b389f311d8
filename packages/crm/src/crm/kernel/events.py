"""Facts that happened. Publishing writes the event and everything it sets off into the caller's transaction.

Which room reacts to what stands in `crm/reactions.py` alone; the table there is handed to `Events` when the
service is built, so this module knows no room.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from crm.kernel import clock
from crm.kernel.db import Connection


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all facts. `kind` is `noun.verb` in the past tense and is what receivers subscribe to."""

    kind: ClassVar[str] = ""


class Published(msgspec.Struct, frozen=True):
    """An event as it was written: `payload` is the public JSON object receivers get."""

    id: int
    kind: str
    payload: dict[str, Any]
    at: datetime


Reaction = Callable[[Connection, Published], Awaitable[None]]
"""Runs inside the transaction of the change, so it only writes rows and enqueues jobs."""

_reactions: Mapping[str, tuple[Reaction, ...]] | None = None


def bind(reactions: Mapping[str, tuple[Reaction, ...]]) -> None:
    """Hand over the table of reactions; every process does this once, before its first publish."""
    global _reactions  # noqa: PLW0603 the one place where the wiring is kept
    _reactions = reactions


async def publish(connection: Connection, event: Event) -> Published:
    """Write the event and run its reactions in the caller's transaction."""
    if _reactions is None:
        raise RuntimeError("events.bind was not called: reactions would be lost.")
    at = clock.now()
    payload: dict[str, Any] = msgspec.to_builtins(event)
    number = await connection.fetchval(
        "INSERT INTO events (kind, payload, at) VALUES ($1, $2, $3) RETURNING id", event.kind, payload, at
    )
    published = Published(number, event.kind, payload, at)
    for react in _reactions.get(event.kind, ()):
        await react(connection, published)
    return published
