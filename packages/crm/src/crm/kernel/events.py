"""Events. Publishing one writes it, and runs its reactions, in the caller's transaction.

`crm/reactions.py` lists which module reacts to which event; `bind` receives that table at start.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from crm.kernel import clock
from crm.kernel.db import Connection


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all events. Webhooks subscribe to `kind`, a `noun.verb` in the past tense."""

    kind: ClassVar[str] = ""


class Published(msgspec.Struct, frozen=True):
    """A stored event. `payload` is the JSON object that webhooks receive."""

    id: int
    kind: str
    payload: dict[str, Any]
    at: datetime


class Reaction(msgspec.Struct, frozen=True):
    """What a module does about events.

    `wanted` is an SQL condition on the event `written`. The statement that stores the event evaluates it, so a reaction
    that nobody needs costs no round trip. `react` runs in the caller's transaction: it writes rows and enqueues jobs.
    """

    wanted: str
    react: Callable[[Connection, Published], Awaitable[None]]


_reactions: Mapping[str, tuple[Reaction, ...]] | None = None
_all: tuple[Reaction, ...] = ()
_write = ""


def bind(reactions: Mapping[str, tuple[Reaction, ...]]) -> None:
    """Set the table of reactions. Every process does this once, before its first publish."""
    global _reactions, _all, _write  # noqa: PLW0603
    _reactions = reactions
    _all = tuple(dict.fromkeys(reaction for row in reactions.values() for reaction in row))
    wanted = "".join(f", {reaction.wanted}" for reaction in _all)
    _write = f"""
        WITH written AS (
            INSERT INTO events (kind, payload, at)
            SELECT kind, payload::jsonb, $3
            FROM unnest($1::text[], $2::text[]) AS told (kind, payload)
            RETURNING id, kind
        )
        SELECT id{wanted}
        FROM written
        ORDER BY id
    """  # noqa: S608 - the conditions are our own


async def publish(connection: Connection, *events: Event) -> list[Published]:
    """Store the events in one statement and run their reactions, in order, in the caller's transaction."""
    if _reactions is None:
        raise RuntimeError("events.bind was not called: reactions would be lost.")
    if not events:
        return []
    at = clock.now()
    kinds = [event.kind for event in events]
    rows = await connection.fetch(_write, kinds, [msgspec.json.encode(event).decode() for event in events], at)
    published = []
    for row, event in zip(rows, events, strict=True):
        published.append(Published(row[0], event.kind, msgspec.to_builtins(event), at))
        for wanted, reaction in zip(row[1:], _all, strict=True):
            if wanted and reaction in _reactions.get(event.kind, ()):
                await reaction.react(connection, published[-1])
    return published
