"""Facts that happened. Publishing writes the event and everything it sets off into the caller's transaction.

Which room reacts to what stands in `crm/reactions.py` alone; the table there is handed to `bind` when the
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


class Reaction(msgspec.Struct, frozen=True):
    """What a room does about events.

    `wanted` is SQL that tells of the event `written`, which has a `kind`, whether anybody waits for it. It is asked by
    the statement that writes the event, so a reaction nobody waits for costs no round trip. `react` runs inside the
    transaction of the change, so it only writes rows and enqueues jobs.
    """

    wanted: str
    react: Callable[[Connection, Published], Awaitable[None]]


_reactions: Mapping[str, tuple[Reaction, ...]] | None = None
_all: tuple[Reaction, ...] = ()
_write = ""


def bind(reactions: Mapping[str, tuple[Reaction, ...]]) -> None:
    """Hand over the table of reactions; every process does this once, before its first publish."""
    global _reactions, _all, _write  # noqa: PLW0603 the one place where the wiring is kept
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
    """  # noqa: S608 - the conditions are the rooms' own


async def publish(connection: Connection, *events: Event) -> list[Published]:
    """Write the events in one statement and run their reactions, in order, in the caller's transaction."""
    if _reactions is None:
        raise RuntimeError("events.bind was not called: reactions would be lost.")
    if not events:
        return []
    at = clock.now()
    kinds = [event.kind for event in events]
    rows = await connection.fetch(_write, kinds, [msgspec.json.encode(event).decode() for event in events], at)
    published = [
        Published(row[0], event.kind, msgspec.to_builtins(event), at) for row, event in zip(rows, events, strict=True)
    ]
    for row, event in zip(rows, published, strict=True):
        for wanted, reaction in zip(row[1:], _all, strict=True):
            if wanted and reaction in _reactions.get(event.kind, ()):
                await reaction.react(connection, event)
    return published
