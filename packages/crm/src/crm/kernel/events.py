"""Events. Publishing some writes them, and runs their reactions, in the caller's transaction.

`crm/reactions.py` lists which module reacts to which event; `bind` receives that table at start.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from crm.kernel import clock
from crm.kernel.db import Connection


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all events. `kind` is one of `crm.event_names`; webhooks subscribe to it."""

    kind: ClassVar[str] = ""


class Published(msgspec.Struct, frozen=True):
    """A stored event. `payload` is the JSON object that webhooks receive."""

    id: int
    kind: str
    payload: dict[str, Any]
    at: datetime


class Reaction(msgspec.Struct, frozen=True):
    """What a module does about events.

    `wanted` is an SQL condition on the event `written`. The statement that stores the events evaluates it, so a
    reaction that nobody needs costs no round trip. `react` takes all wanted events of one `publish`, in order, and runs
    in the caller's transaction: it writes rows and enqueues jobs.
    """

    wanted: str
    react: Callable[[Connection, Sequence[Published]], Awaitable[None]]


muted: ContextVar[bool] = ContextVar("muted", default=False)
"""Whether nothing is published in this context, because somebody imports records and wants nobody to be told."""
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
            FROM unnest($1::text[], $2::text[]) AS event (kind, payload)
            RETURNING id, kind
        )
        SELECT id{wanted}
        FROM written
        ORDER BY id
    """  # noqa: S608 - the conditions are our own


async def publish(connection: Connection, *events: Event) -> None:
    """Store the events in one statement, then run each reaction once, in the caller's transaction."""
    if _reactions is None:
        raise RuntimeError("events.bind was not called: reactions would be lost.")
    if not events or muted.get():
        return
    at = clock.now()
    kinds = [event.kind for event in events]
    rows = await connection.fetch(_write, kinds, [msgspec.json.encode(event).decode() for event in events], at)
    for column, reaction in enumerate(_all, start=1):
        wanted = [
            Published(row[0], event.kind, msgspec.to_builtins(event), at)
            for row, event in zip(rows, events, strict=True)
            if row[column] and reaction in _reactions.get(event.kind, ())
        ]
        if wanted:
            await reaction.react(connection, wanted)
