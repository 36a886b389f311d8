"""Reads and changes the settings."""

from __future__ import annotations

from typing import Any

import msgspec

from crm.accounts.settings import queries
from crm.accounts.settings.models import Settings, defaults
from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection


async def read(connection: Connection) -> Settings:
    """Read the settings. Those that nobody changed come from `site.toml`."""
    stored = await queries.list_stored(connection)
    default = defaults()
    return Settings(**{name: stored.get(name, getattr(default, name)) for name in Settings.__struct_fields__})


async def change(connection: Connection, values: Settings, by: Actor) -> list[str]:
    """Store the settings that differ, with who changed them and when. Return their names."""
    before = msgspec.structs.asdict(await read(connection))
    changed = [name for name, value in msgspec.structs.asdict(values).items() if value != before[name]]
    user_id = by.id if by.kind == "person" else None
    for name in changed:
        await queries.store(connection, name, getattr(values, name), by=user_id, at=clock.now())
    return changed


async def note(connection: Connection, what: str, value: Any = True) -> None:
    """Record that a one-time action has happened, with what it needs to know later."""
    await queries.store(connection, f"once.{what}", value=value, by=None, at=clock.now())


async def read_note(connection: Connection, what: str) -> Any:
    """What `note` has recorded of this action; None if it has not happened."""
    return (await queries.list_stored(connection)).get(f"once.{what}")


async def has_happened(connection: Connection, what: str) -> bool:
    """Whether `note` has recorded this action."""
    return f"once.{what}" in await queries.list_stored(connection)
