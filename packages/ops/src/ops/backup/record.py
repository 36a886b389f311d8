"""One record of a backup, to look at: read out of the archive, without any database."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

from ops.backup import programs
from ops.backup.faults import Missing, Trouble
from ops.backup.feeding import fed
from ops.backup.incoming import poured
from ops.backup.keys import Identity
from ops.backup.manifest import Manifest, Table
from ops.backup.store import Store

ESCAPED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def table(manifest: Manifest, name: str) -> Table:
    """A table by its name, with `public.` or without. Raises `Missing`."""
    full = name if "." in name else f"public.{name}"
    found = next((each for each in manifest.contents.tables if each.name == full), None)
    if found is None:
        known = ", ".join(each.name.removeprefix("public.") for each in manifest.contents.tables)
        raise Missing(f"{manifest.name} has no table {name!r}. It has: {known}.")
    return found


def find(
    store: Store, manifest: Manifest, identities: Sequence[Identity], wanted: str, advance: Callable[[int], None]
) -> dict[str, Any]:
    """The record `wanted` names, such as leads:42; the whole archive is read, so that it is checked as well.

    Raises `Missing`, `Trouble`, `Damaged`, `Unreachable`.
    """
    name, _, value = wanted.partition(":")
    place = table(manifest, name)
    if not value or len(place.key) != 1:
        raise Trouble(f"{wanted!r} names no record. Give a table and its one key, such as leads:42.")
    space, _, plain = place.name.rpartition(".")
    command = [
        programs.found(manifest.postgres // 10_000).path("pg_restore"),
        "--data-only",
        f"--schema={space}",
        f"--table={plain}",
        "--file=-",
    ]
    found = fed(
        command,
        {},
        lambda sink: poured(store, manifest.archive, identities, sink, advance),
        lambda out: _looked_up(out, place.key[0], value),
    )
    if found is None:
        raise Missing(f"{manifest.name} has no {wanted}.")
    return {column: _value(text, place.columns.get(column, "text")) for column, text in found.items()}


def _looked_up(out: IO[bytes], key: str, value: str) -> dict[str, str | None] | None:
    found = None
    for row in _rows(out):
        if found is None and row.get(key) == value:
            found = row
    return found


def _rows(out: IO[bytes]) -> Iterator[dict[str, str | None]]:
    """Rows of the COPY blocks in a script of pg_restore."""
    columns: list[str] | None = None
    for line in out:
        text = line.rstrip(b"\n")
        if columns is None:
            begun = re.fullmatch(rb"COPY \S+ \((.*)\) FROM stdin;", text)
            columns = [name.strip('"') for name in begun[1].decode().split(", ")] if begun else None
        elif text == rb"\.":
            columns = None
        else:
            yield dict(zip(columns, map(_unescaped, text.split(b"\t")), strict=True))


def _unescaped(field: bytes) -> str | None:
    if field == rb"\N":
        return None
    return re.sub(rb"\\(.)", lambda found: ESCAPED.get(found[1], found[1]), field, flags=re.DOTALL).decode()


def _value(text: str | None, kind: str) -> Any:
    """As JSON has it; numbers that JSON's readers would round stay text."""
    if text is None:
        return None
    if kind == "boolean":
        return text == "t"
    if kind in ("smallint", "integer", "bigint"):
        return int(text)
    return json.loads(text) if kind in ("json", "jsonb") else text
