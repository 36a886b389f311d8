"""The zone as it should be after us: our records, and beside them what nobody asked for and nobody is in the way of."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from octodns.record import Record as OctoRecord
from octodns.zone import Zone

from ops.dns.provider import from_octo, to_octo
from ops.dns.records import POINTING, Record, target

# Of these there can be one at a name: a new one takes the place of the old.
SINGLE = re.compile(r"(v=spf1|v=DMARC1|v=DKIM1|p=|railway-verify=)", re.IGNORECASE)
FLATTENED = frozenset({"A", "AAAA", "CNAME"})

Key = tuple[str, str]


class Wanted(NamedTuple):
    """`kept` are others' records; `conflicts` are those that ours cannot stand beside, by name and type."""

    zone: Zone
    kept: tuple[Record, ...]
    conflicts: frozenset[Key]


def beside(there: Zone, records: Sequence[Record], *, prune: bool, spared: Collection[str]) -> Wanted:
    """With `prune` others' records go, but not the zone's own servers, nor the names of `spared`. Raises `Unusable`."""
    wanted, kept, conflicts = Zone(there.name, []), [], set()
    known = {(from_octo(each).name, each._type): each for each in there.records}
    ours = {(record.name, record.type): record for record in records}
    for key, record in ours.items():
        new = to_octo(wanted, _merged(_dotted(record), known.get(key), prune=prune))
        _as_marked(new, known.get(key))
        wanted.add_record(new)
    apart = _served_by(known.values(), there.name.rstrip("."))
    for key, each in known.items():
        if key in ours:
            continue
        if key in apart:
            wanted.add_record(each, lenient=True)
            continue
        if _conflicts(ours, *key):
            conflicts.add(key)
        elif not prune or key[0] in spared:
            wanted.add_record(each, lenient=True)
            kept.append(from_octo(each))
    return Wanted(wanted, tuple(sorted(kept)), frozenset(conflicts))


def _served_by(records: Iterable[OctoRecord], zone: str) -> set[Key]:
    """What serves the zone is the provider's own: its NS, and the addresses of name servers within it."""
    hosts = {target(value) for each in records if each._type == "NS" for value in from_octo(each).values}
    return {(zone, "NS"), *((host, kind) for host in hosts for kind in ("A", "AAAA"))}


def _merged(record: Record, there: OctoRecord | None, *, prune: bool) -> Record:
    """Values of TXT that nobody asked for stay beside ours: many parties prove themselves at one name."""
    if record.type != "TXT" or there is None or prune:
        return record
    ours = {_tag(value) for value in record.values}
    others = [value for value in from_octo(there).values if not _tag(value) or _tag(value) not in ours]
    return record._replace(values=tuple(sorted({*record.values, *others})))


def _tag(value: str) -> str:
    found = SINGLE.match(value)
    return found[1].lower().replace("v=dkim1", "p=") if found else ""


def _as_marked(new: OctoRecord, there: OctoRecord | None) -> None:
    """Comments and tags that people wrote at Cloudflare stay."""
    marks = there.octodns.get("cloudflare", {}) if there else {}
    if kept := {name: marks[name] for name in ("comment", "tags") if name in marks}:
        new.octodns["cloudflare"] = kept


def _dotted(record: Record) -> Record:
    if record.type not in POINTING:
        return record
    return record._replace(values=tuple(f"{value.rstrip('.')}." for value in record.values))


def _conflicts(ours: Collection[Key], name: str, kind: str) -> bool:
    beside = {other for at, other in ours if at == name}
    if kind == "CNAME" or "CNAME" in beside:
        return bool(beside)
    return bool((kind == "ALIAS" and beside & FLATTENED) or ("ALIAS" in beside and kind in FLATTENED))
