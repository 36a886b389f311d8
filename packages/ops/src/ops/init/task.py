"""One thing that is left to do by hand, as data."""

from __future__ import annotations

import msgspec


class Value(msgspec.Struct, frozen=True):
    """One value to paste. Where only a service or a command knows it, `value` is empty and `source` says who tells it.

    `secret` values go nowhere but into the place named.
    """

    name: str
    value: str = ""
    source: str = ""
    secret: bool = False


class Record(msgspec.Struct, frozen=True):
    """One DNS value; `value` is empty where `source` has yet to tell it."""

    name: str
    type: str
    value: str = ""
    source: str = ""


class Todo(msgspec.Struct, frozen=True):
    """One thing to do by hand. `key` names it for programs; `where` is the page or the place to do it at."""

    key: str
    title: str
    where: str
    why: str
    values: tuple[Value, ...] = ()
    records: tuple[Record, ...] = ()
    commands: tuple[str, ...] = ()
