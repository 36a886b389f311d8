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
def record_as(by: Actor, change_set_id: int) -> Iterator[None]:
    """Let all that happens inside be one change set of this actor, in a job too. Several may add to it."""
    own = change_set.ChangeSet({"actor": by})
    own.id = change_set_id
    token = change_set.current.set(own)
    try:
        yield
    finally:
        change_set.current.reset(token)


async def record(
    connection: Connection,
    noun: str,
    record_id: int,
    verb: Verb,
    *,
    name: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add a change to the change set of this request. Does nothing in jobs, and for visitors."""
    current = change_set.current.get()
    if current is None or current.actor.kind not in ("person", "key"):
        return
    current.id = await queries.insert(
        connection, current.id, current.actor, clock.now(), noun=noun, record_id=record_id, name=name, verb=verb,
        before=msgspec.to_builtins(before or {}), after=msgspec.to_builtins(after or {}),
    )  # fmt: skip


async def record_update(connection: Connection, noun: str, before: Any, after: Any, columns: Iterable[str]) -> None:
    """Add those of the `columns` that differ between two states of a record."""
    changed = [
        name for name in columns if name in after.__struct_fields__ and getattr(before, name) != getattr(after, name)
    ]
    if changed:
        await record(
            connection, noun, after.id, "changed", name=name_of(after),
            before={name: getattr(before, name) for name in changed},
            after={name: getattr(after, name) for name in changed},
        )  # fmt: skip


def name_of(record: Any) -> str:
    """What a person calls the record: its name, or nothing for one without."""
    return str(getattr(record, "name", ""))
