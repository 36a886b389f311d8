"""Who does something, and from where: a person, a program with a key, a visitor, or the system itself."""

from __future__ import annotations

from typing import Literal

import msgspec


class Actor(msgspec.Struct, frozen=True, dict=True):
    """`client_ip` is no field, so that it is never part of an event, a webhook or a page."""

    kind: Literal["person", "key", "visitor", "system"]
    id: int | None
    name: str

    @property
    def client_ip(self) -> str:
        return str(self.__dict__.get("address", ""))

    def at(self, client_ip: str) -> Actor:
        """The same actor, calling from this address."""
        actor = Actor(self.kind, self.id, self.name)
        actor.__dict__["address"] = client_ip
        return actor


SYSTEM = Actor("system", None, "System")
VISITOR = Actor("visitor", None, "Website")
