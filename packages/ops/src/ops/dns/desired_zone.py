"""The zone after a change: our records, and beside them those of others that are not in the way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec
from octodns.record import Record as OctoRecord
from octodns.zone import Zone

from ops.dns.provider import from_octo, to_octo
from ops.dns.records import Record, single_tag, target

FLATTENED = frozenset({"A", "AAAA", "CNAME"})

Key = tuple[str, str]


def build_desired_zone(
    current: Zone, records: Sequence[Record], *, prune: bool, spared: Collection[str]
) -> tuple[Zone, list[Record], set[Key]]:
    """Returns the zone, the records of others that it keeps, and the names and types that ours cannot stand beside.

    With `prune` others' records go, but not the zone's own servers, nor the names of `spared`. Raises `RecordError`.
    """
    desired, kept, conflicts = Zone(current.name, []), [], set()
    present = {(from_octo(each).name, each._type): each for each in current.records}
    ours = {(record.name, record.type): record for record in records}
    for key, record in ours.items():
        desired.add_record(_build_record(desired, record, present.get(key), prune=prune))
    servers = _list_servers(present.values(), current.name.rstrip("."))
    for key in present.keys() - ours.keys():
        if key not in servers and _has_conflict(ours, *key):
            conflicts.add(key)
        elif key in servers or not prune or key[0] in spared:
            desired.add_record(present[key], lenient=True)
            kept += [] if key in servers else [from_octo(present[key])]
    return desired, sorted(kept), conflicts


def _list_servers(records: Iterable[OctoRecord], zone: str) -> set[Key]:
    """Returns what serves the zone and belongs to the provider: its NS, and the addresses of its name servers."""
    hosts = {target(value) for each in records if each._type == "NS" for value in from_octo(each).values}
    return {(zone, "NS"), *((host, kind) for host in hosts for kind in ("A", "AAAA"))}


def _build_record(zone: Zone, record: Record, present: OctoRecord | None, *, prune: bool) -> OctoRecord:
    """Keeps the texts of others, who prove themselves at the same name, and the comments and tags at Cloudflare."""
    if record.type == "TXT" and present and not prune:
        tags = {single_tag(value) for value in record.values} - {""}
        others = [value for value in from_octo(present).values if single_tag(value) not in tags]
        record = msgspec.structs.replace(record, values=tuple(sorted({*record.values, *others})))
    octo = to_octo(zone, record)
    marks = present.octodns.get("cloudflare", {}) if present else {}
    if kept := {name: marks[name] for name in ("comment", "tags") if name in marks}:
        octo.octodns["cloudflare"] = kept
    return octo


def _has_conflict(ours: Collection[Key], name: str, kind: str) -> bool:
    beside = {other for at, other in ours if at == name}
    if kind == "CNAME" or "CNAME" in beside:
        return bool(beside)
    return bool((kind == "ALIAS" and beside & FLATTENED) or ("ALIAS" in beside and kind in FLATTENED))
