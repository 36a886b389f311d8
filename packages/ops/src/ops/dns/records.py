"""A set of DNS records: one name, one type, its values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from dns.rdtypes.ANY.TXT import TXT

from ops.dns.faults import Unusable

# Without ALIAS, which is no type of DNS itself: providers turn it into addresses.
TYPES = ("A", "AAAA", "ALIAS", "CAA", "CNAME", "MX", "NS", "SRV", "SSHFP", "TLSA", "TXT")
POINTING = frozenset({"ALIAS", "CNAME", "MX", "NS", "SRV"})
STRING_BYTES = 255
LABEL = re.compile(r"(\*|[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)")


class Record(NamedTuple):
    """`name` in full, small letters, without the final dot; `ttl` in seconds.

    `values` are sorted and in zone-file form with absolute names; those of TXT are plain text, without quotes.
    """

    name: str
    type: str
    ttl: int
    values: tuple[str, ...]


class Awaited(NamedTuple):
    """A record that is needed, and whose values `source` has yet to tell."""

    name: str
    type: str
    source: str


def record(name: str, kind: str, ttl: int, values: Iterable[str]) -> Record:
    """The record in its one form. Raises `Unusable` with the name, the type and what is wrong."""
    name, kind = name.lower().rstrip("."), kind.upper()
    if kind not in TYPES:
        raise Unusable(f"{name}: unknown record type {kind}. Known are {', '.join(TYPES)}.")
    if len(name) > 253 or not all(LABEL.fullmatch(label) for label in name.split(".")):
        raise Unusable(f"{name} is not a name for a {kind} record.")
    found = tuple(sorted({value if kind == "TXT" else canonical(name, kind, value) for value in values}))
    if not found or (kind in ("ALIAS", "CNAME") and len(found) > 1):
        raise Unusable(f"{name} {kind} has {len(found)} values; {'one' if found else 'at least one'} is needed.")
    return Record(name, kind, ttl, found)


def canonical(name: str, kind: str, value: str) -> str:
    """A value that is not TXT as every server would write it. Raises `Unusable`."""
    try:
        parsed = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(_wire(kind)), value)
    except (dns.exception.DNSException, ValueError) as fault:
        raise Unusable(f"{name} {kind}: {value!r} cannot be ({fault}).") from None
    told = parsed.to_text()
    if kind in POINTING:
        told = told.lower()
        if not all(LABEL.fullmatch(label) for label in _target(told).split(".") if label) or "*" in told:
            raise Unusable(f"{name} {kind}: {value!r} is not the name of a host.")
    return told


def target(value: str) -> str:
    """The host that a value of a pointing type leads to, without the final dot."""
    return _target(value).rstrip(".")


def _target(value: str) -> str:
    return value.rsplit(" ", 1)[-1]


def zone_form(kind: str, value: str) -> str:
    """As a zone file has it: TXT quoted, in pieces of 255 bytes, everything else as it is."""
    if kind != "TXT":
        return value
    data = value.encode()
    pieces = [data[at : at + STRING_BYTES] for at in range(0, len(data), STRING_BYTES)] or [b""]
    return TXT(dns.rdataclass.IN, dns.rdatatype.TXT, pieces).to_text()


def from_zone_form(kind: str, text: str) -> str:
    """The opposite of `zone_form`. What is no UTF-8 stays escaped."""
    parsed = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(_wire(kind)), text)
    if isinstance(parsed, TXT):
        return b"".join(parsed.strings).decode("utf-8", "backslashreplace")
    return parsed.to_text().lower() if kind in POINTING else parsed.to_text()


def absolute(kind: str, value: str) -> bool:
    """Whether a value ends as names outside the zone must, with a dot."""
    return kind not in POINTING or value.endswith(".")


def _wire(kind: str) -> str:
    return "CNAME" if kind == "ALIAS" else kind
