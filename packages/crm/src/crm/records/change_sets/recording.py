"""Records changes, in the transaction that makes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from crm.kernel import change_set, clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.records.change_sets import queries
from crm.records.change_sets.models import Verb


@contextmanager
def record_as(by: Actor, change_set_id: int | None = None) -> Iterator[None]:
    """Let all that happens inside be one change set of this actor, in a job too. Several may add to one."""
    own = change_set.ChangeSet({"actor": by})
    own.id = change_set_id
    token = change_set.current.set(own)
    try:
        yield
    finally:
        change_set.current.reset(token)


def current_id() -> int | None:
    """The id of the change set of this request, once something was recorded."""
    current = change_set.current.get()
    return current.id if current else None


async def record(
    connection: Connection,
    noun: str,
    record_id: int,
    verb: Verb,
    *,
    name: str = "",
    own: bool = False,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add a change to the change set of this request. Does nothing in jobs, and for visitors.

    `own` is true of something that only the person sees. So nobody else sees the change set, if all of it is such.
    """
    current = change_set.current.get()
    if current is None or current.actor.kind not in ("person", "key"):
        return
    current.id = await queries.insert(
        connection, current.id, current.actor, clock.now(), noun=noun, record_id=record_id, name=name, verb=verb,
        own=own, before=msgspec.to_builtins(before or {}), after=msgspec.to_builtins(after or {}),
    )  # fmt: skip


async def record_whole(connection: Connection, noun: str, verb: Verb, of: Any) -> None:
    """Add that a record was created, deleted or restored. `of` is the record."""
    await record(connection, noun, of.id, verb, name=name_of(of), own=_is_own(of), after={"version": of.version})


async def record_update(connection: Connection, noun: str, before: Any, after: Any, columns: Iterable[str]) -> None:
    """Add those of the `columns` that differ between two states of a record."""
    changed = [
        name for name in columns if name in after.__struct_fields__ and getattr(before, name) != getattr(after, name)
    ]
    if changed:
        await record(
            connection, noun, after.id, "changed", name=name_of(after), own=_is_own(before) and _is_own(after),
            before={name: getattr(before, name) for name in changed},
            after={name: getattr(after, name) for name in changed},
        )  # fmt: skip


def name_of(record: Any) -> str:
    """What a person calls the record: its title or name, or nothing for one without."""
    return str(getattr(record, "title", "") or getattr(record, "name", ""))


def _is_own(record: Any) -> bool:
    """Whether only one person sees the record."""
    return bool(getattr(record, "own", False))
