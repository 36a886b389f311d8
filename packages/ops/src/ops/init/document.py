"""`site.toml` with other facts: its comments, its order and what is not asked for stay."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import tomlkit
from tomlkit.items import AoT, Array, Item, String, Table

from house.site import BadSite, Site
from ops.init.deciding import replaced
from ops.init.facts import BY_KEY, FACTS, Facts

AWAITED = "(awaited)"
SENDERS = "v=spf1 "


def facts_of(text: str) -> Facts:
    """The facts that `ops init` can ask for. Raises `BadSite`."""
    site = _sound(text)
    return {fact.key: _text(_found(msgspec.to_builtins(site), fact.key)) for fact in FACTS}


def written(text: str, now: Mapping[str, str], new: Mapping[str, str]) -> tuple[str, list[tuple[str, str, str]]]:
    """The text with the new facts, and what was changed: key, old and new value. Raises `BadSite`.

    Where a fact that is not asked for names an old one, it follows. What a service told the zone before, such as a key
    for mail, is awaited anew when the domain changes.
    """
    document = tomlkit.parse(text)
    done: list[tuple[str, str, str]] = []
    for key, value in new.items():
        if now[key] != value:
            done.append((key, now[key], value))
            table, _, name = key.rpartition(".")
            kept: Any = document[table]
            kept[name] = int(value) if isinstance(_plain(kept[name]), int) else value
    for table, values in document.items():
        done += list(_followed(table, values, now, new))
    if now["domains.site"] != new["domains.site"]:
        done += list(_awaited(document))
    told = tomlkit.dumps(document)
    _sound(told)
    return told, done


def _followed(path: str, values: Any, now: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Puts the new names into texts of a table, or of tables and lists in it, that no question is about."""
    if isinstance(values, Table | dict):
        pairs: list[tuple[Any, Any]] = list(values.items())
    elif isinstance(values, Array | AoT):
        pairs = list(enumerate(values))
    else:
        return
    for name, value in pairs:
        key = f"{path}.{name}"
        if isinstance(value, str) and key not in BY_KEY:
            told = replaced(str(value), now, new)
            if told != value:
                values[name] = told
                yield key, str(value), told
        elif not isinstance(value, str):
            yield from _followed(key, value, now, new)


def _awaited(document: tomlkit.TOMLDocument) -> Iterator[tuple[str, str, str]]:
    dns: Any = document.get("dns", {})
    for record in dns.get("records", ()):
        values = [str(value) for value in record.get("values", ())]
        if record.get("source") and values and not all(value.startswith(SENDERS) for value in values):
            del record["values"]
            yield f"dns.records {record['name']} {record['type']}", ", ".join(values), AWAITED


def _sound(text: str) -> Site:
    try:
        return msgspec.convert(tomllib.loads(text), Site)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise BadSite(f"site.toml: {fault}") from fault


def _found(site: Any, key: str) -> Any:
    table, _, name = key.rpartition(".")
    return site[table][name]


def _text(value: Any) -> str:
    return str(value)


def _plain(value: Any) -> Any:
    return value.unwrap() if isinstance(value, Item) and not isinstance(value, String) else value
