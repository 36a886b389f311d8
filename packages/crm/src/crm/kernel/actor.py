"""Who does something, and from where: a person, a program with a key, a visitor, or the system itself."""

from __future__ import annotations

from typing import Literal

import msgspec


class Actor(msgspec.Struct, frozen=True):
    kind: Literal["person", "key", "visitor", "system"]
    id: int | None
    name: str
    client_ip: str = ""


SYSTEM = Actor("system", None, "System")
VISITOR = Actor("visitor", None, "Website")
