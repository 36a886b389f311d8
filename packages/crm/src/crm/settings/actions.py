"""Reading and changing settings."""

from __future__ import annotations

import msgspec

from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.settings import queries
from crm.settings.models import Settings, defaults


async def read(connection: Connection) -> Settings:
    """The settings as they are: what was chosen, and the facts of `site.toml` for the rest."""
    chosen = await queries.chosen(connection)
    usual = defaults()
    return Settings(**{name: chosen.get(name, getattr(usual, name)) for name in Settings.__struct_fields__})


async def change(connection: Connection, values: Settings, by: Actor) -> list[str]:
    """Choose `values`, noting who and when for each that differs; gives the names of those."""
    before = msgspec.structs.asdict(await read(connection))
    changed = [name for name, value in msgspec.structs.asdict(values).items() if value != before[name]]
    person = by.id if by.kind == "person" else None
    for name in changed:
        await queries.put(connection, name, getattr(values, name), by=person, at=clock.now())
    return changed


async def note(connection: Connection, what: str) -> None:
    """Remember that something which may happen only once has happened."""
    await queries.put(connection, f"once.{what}", value=True, by=None, at=clock.now())


async def has_happened(connection: Connection, what: str) -> bool:
    """Whether `note` was ever given `what`."""
    return f"once.{what}" in await queries.chosen(connection)
