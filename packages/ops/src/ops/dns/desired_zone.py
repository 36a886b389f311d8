"""The zone after a change: our records, and beside them those of others that are not in the way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import msgspec
from octodns.record import Record as OctoRecord
from octodns.zone import Zone

from ops.dns.provider import from_octo, to_octo
from ops.dns.records import Record, single_tag, target

FLATTENED = frozenset({"A", "AAAA", "CNAME"})

Key = tuple[str, str]


class DesiredZone(NamedTuple):
    """`kept` are others' records; `conflicts` are those that ours cannot stand beside, by name and type."""

    zone: Zone
    kept: tuple[Record, ...]
    conflicts: frozenset[Key]


def build_desired_zone(
    current: Zone, records: Sequence[Record], *, prune: bool, spared: Collection[str]
) -> DesiredZone:
    """With `prune` others' records go, but not the zone's own servers, nor the names of `spared`.

    Raises `RecordError`.
    """
    desired, kept, conflicts = Zone(current.name, []), [], set()
    present = {(from_octo(each).name, each._type): each for each in current.records}
    ours = {(record.name, record.type): record for record in records}
    for key, record in ours.items():
        octo = to_octo(desired, _merge_texts(record, present.get(key), prune=prune))
        _copy_marks(present.get(key), octo)
        desired.add_record(octo)
    servers = _list_servers(present.values(), current.name.rstrip("."))
    for key, each in present.items():
        if key in ours:
            continue
        if key in servers:
            desired.add_record(each, lenient=True)
        elif _conflicts(ours, *key):
            conflicts.add(key)
        elif not prune or key[0] in spared:
            desired.add_record(each, lenient=True)
            kept.append(from_octo(each))
    return DesiredZone(desired, tuple(sorted(kept)), frozenset(conflicts))


def _list_servers(records: Iterable[OctoRecord], zone: str) -> set[Key]:
    """Returns what serves the zone and belongs to the provider: its NS, and the addresses of its name servers."""
    hosts = {target(value) for each in records if each._type == "NS" for value in from_octo(each).values}
    return {(zone, "NS"), *((host, kind) for host in hosts for kind in ("A", "AAAA"))}


def _merge_texts(record: Record, present: OctoRecord | None, *, prune: bool) -> Record:
    """Keeps the texts of others beside ours, because many parties prove themselves at one name."""
    if record.type != "TXT" or present is None or prune:
        return record
    tags = {single_tag(value) for value in record.values} - {""}
    others = {value for value in from_octo(present).values if single_tag(value) not in tags}
    return msgspec.structs.replace(record, values=tuple(sorted({*record.values, *others})))


def _copy_marks(present: OctoRecord | None, octo: OctoRecord) -> None:
    """Keeps comments and tags that people wrote at Cloudflare."""
    marks = present.octodns.get("cloudflare", {}) if present else {}
    if kept := {name: marks[name] for name in ("comment", "tags") if name in marks}:
        octo.octodns["cloudflare"] = kept


def _conflicts(ours: Collection[Key], name: str, kind: str) -> bool:
    beside = {other for at, other in ours if at == name}
    if kind == "CNAME" or "CNAME" in beside:
        return bool(beside)
    return bool((kind == "ALIAS" and beside & FLATTENED) or ("ALIAS" in beside and kind in FLATTENED))
