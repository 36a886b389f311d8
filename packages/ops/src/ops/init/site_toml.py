"""Rewrites `site.toml`. Comments, order and facts that nobody asked about stay."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import tomlkit
from tomlkit.items import AoT, Array

from ops.init.facts import BY_KEY, FACTS, Facts, is_new_owner
from ops.init.resolve import replace_names
from shared.site_config import SiteConfig, SiteConfigError

AWAITED = "(awaited)"
SENDERS = "v=spf1 "
# What is the previous owner's alone: pages and projects at providers, and whether anything is in production.
RESET = {
    "system.live": False,
    "uptime.status_page": "",
    **dict.fromkeys(("analytics.provider", "analytics.host", "analytics.key"), ""),
}

Edit = tuple[str, str, str]
"""Key, old and new value."""


def read_facts(text: str) -> Facts:
    """Returns the facts that `ops init` can ask for. Raises `BadSite`."""
    site = msgspec.to_builtins(_parse(text))
    return {fact.key: str(_get_table(site, fact.key)[fact.key.rpartition(".")[2]]) for fact in FACTS}


def render_site_toml(text: str, current: Mapping[str, str], new: Mapping[str, str]) -> tuple[str, list[Edit]]:
    """Returns the text with the new facts, and the edits. Raises `BadSite`.

    Other values that name an old fact follow it. What services asked of the old zone, such as a key for mail, is
    awaited anew when the domain changes.
    """
    document: Any = tomlkit.parse(text)
    edits: list[Edit] = []
    for key, value in new.items():
        if current[key] != value:
            edits.append((key, current[key], value))
            table, name = _get_table(document, key), key.rpartition(".")[2]
            table[name] = int(value) if isinstance(table[name], int) else value
    for name, values in document.items():
        edits += _replace_in_table(name, values, current, new)
    if is_new_owner(current, new):
        edits += _reset(document)
    if current["domains.site"] != new["domains.site"]:
        edits += _await_records(document)
    rendered = tomlkit.dumps(document)
    _parse(rendered)
    return rendered, edits


def _replace_in_table(path: str, values: Any, current: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Edit]:
    """Puts the new names into the strings below `values` that no question is about."""
    pairs: list[tuple[Any, Any]] = [*values.items()] if isinstance(values, dict) else [*enumerate(values)]
    for name, value in pairs:
        key = f"{path}.{name}"
        if isinstance(value, dict | Array | AoT):
            yield from _replace_in_table(key, value, current, new)
        elif isinstance(value, str) and key not in BY_KEY and (text := replace_names(value, current, new)) != value:
            values[name] = text
            yield key, str(value), text


def _reset(document: Any) -> Iterator[Edit]:
    for key, value in RESET.items():
        table, _, name = key.partition(".")
        old = document.get(table, {}).get(name, value)
        if old != value:
            document[table][name] = value
            yield key, str(old), str(value)


def _await_records(document: Any) -> Iterator[Edit]:
    for record in document.get("dns", {}).get("records", ()):
        values = [str(value) for value in record.get("values", ())]
        if record.get("source") and values and not all(value.startswith(SENDERS) for value in values):
            del record["values"]
            yield f"dns.records {record['name']} {record['type']}", ", ".join(values), AWAITED


def _parse(text: str) -> SiteConfig:
    try:
        return msgspec.convert(tomllib.loads(text), SiteConfig)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SiteConfigError(f"site.toml: {error}") from error


def _get_table(document: Any, key: str) -> Any:
    return document[key.rpartition(".")[0]]
