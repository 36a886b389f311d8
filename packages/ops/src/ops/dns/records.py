"""A set of DNS records: one name, one type, its values."""

from __future__ import annotations

import re
from collections.abc import Iterable

import dns.exception
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import msgspec
from dns.rdtypes.ANY.TXT import TXT

from ops.cli import OpsError

# ALIAS is no type of DNS itself: providers turn it into addresses.
TYPES = ("A", "AAAA", "ALIAS", "CAA", "CNAME", "MX", "NS", "SRV", "SSHFP", "TLSA", "TXT")
POINTING = frozenset({"ALIAS", "CNAME", "MX", "NS", "SRV"})
STRING_BYTES = 255
LABEL = re.compile(r"(\*|[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)")
# A name holds one text of each of these kinds: two count as none, and a new one replaces the old.
SINGLE = re.compile(r"(v=spf1|v=DMARC1|v=DKIM1|p=|railway-verify=)", re.IGNORECASE)


class RecordError(OpsError):
    """`site.toml` or Railway states a record that cannot be."""


class Record(msgspec.Struct, frozen=True, order=True):
    """`name` is the full name in small letters without the final dot; `ttl` is in seconds.

    `values` are sorted and in zone-file form with absolute names; those of TXT are plain text, without quotes.
    """

    name: str
    type: str
    ttl: int
    values: tuple[str, ...]


class Awaited(msgspec.Struct, frozen=True):
    """A record that is needed, and whose values `source` has yet to give."""

    name: str
    type: str
    source: str


def record(name: str, kind: str, ttl: int, values: Iterable[str]) -> Record:
    """Returns the record in its one form. Raises `RecordError` with the name, the type and what is wrong."""
    name, kind = name.lower().rstrip("."), kind.upper()
    if kind not in TYPES:
        raise RecordError(f"{name}: unknown record type {kind}. Known are {', '.join(TYPES)}.")
    if len(name) > 253 or not all(LABEL.fullmatch(label) for label in name.split(".")):
        raise RecordError(f"{name} is not a name for a {kind} record.")
    found = tuple(sorted({value if kind == "TXT" else canonicalize(name, kind, value) for value in values}))
    if not found or (kind in ("ALIAS", "CNAME") and len(found) > 1):
        raise RecordError(f"{name} {kind} has {len(found)} values; {'one' if found else 'at least one'} is needed.")
    tags = [tag for tag in map(single_tag, found) if tag] if kind == "TXT" else []
    if twice := next((tag for tag in tags if tags.count(tag) > 1), ""):
        raise RecordError(f"{name} TXT has two values that begin with {twice}, which count as none. Keep one.")
    return Record(name, kind, ttl, found)


def canonicalize(name: str, kind: str, value: str) -> str:
    """Returns a value that is not TXT as every server writes it. Raises `RecordError`."""
    try:
        text = dns.rdata.from_text(dns.rdataclass.IN, _wire_type(kind), value).to_text()
    except (dns.exception.DNSException, ValueError) as error:
        raise RecordError(f"{name} {kind}: {value!r} cannot be ({error}).") from None
    if kind in POINTING:
        text = text.lower()
        host = target(text)
        if not all(LABEL.fullmatch(label) for label in host.split(".") if label) or re.search(r"\*|^[\d.]+$", host):
            raise RecordError(f"{name} {kind}: {value!r} is not the name of a host.")
        if not text.endswith("."):
            raise RecordError(f"{name} {kind}: {value!r} has no final dot. Write the full name, as in '{text}.'.")
        if kind in ("ALIAS", "CNAME") and host == name:
            raise RecordError(f"{name} {kind} leads to itself.")
    return text


def target(value: str) -> str:
    """Returns the host that a value of a pointing type leads to, without the final dot."""
    return value.rsplit(" ", 1)[-1].rstrip(".")


def single_tag(value: str) -> str:
    """Returns the kind of a text of which a name holds one, or nothing."""
    match = SINGLE.match(value)
    return match[1].lower().replace("v=dkim1", "p=") if match else ""


def zone_form(kind: str, value: str) -> str:
    """Returns a value as a zone file has it: TXT quoted, in strings of 255 bytes, everything else as it is."""
    if kind != "TXT":
        return value
    data = value.encode()
    strings = [data[at : at + STRING_BYTES] for at in range(0, len(data), STRING_BYTES)] or [b""]
    return TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings).to_text()


def from_zone_form(kind: str, text: str) -> str:
    """Returns the opposite of `zone_form`. What is not UTF-8 stays escaped."""
    parsed = dns.rdata.from_text(dns.rdataclass.IN, _wire_type(kind), text)
    if isinstance(parsed, TXT):
        return b"".join(parsed.strings).decode("utf-8", "backslashreplace")
    return parsed.to_text().lower() if kind in POINTING else parsed.to_text()


def _wire_type(kind: str) -> dns.rdatatype.RdataType:
    return dns.rdatatype.from_text("CNAME" if kind == "ALIAS" else kind)
