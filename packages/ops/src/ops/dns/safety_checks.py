"""What makes a change of the zone unsafe, and why. Each risk has a kind that allows it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

import msgspec

from ops.dns import RiskKind
from ops.dns.records import POINTING, Record, target

if TYPE_CHECKING:
    from ops.dns.plan import Change

MAIL_NAME = re.compile(r"(^|\.)(_dmarc|_domainkey|_mta-sts|_smtp\._tls)(\.|$)")
ADDRESSES = frozenset({"A", "AAAA", "ALIAS", "CNAME"})

# Whether a host outside the zone exists; None where nobody answers.
HostExists = Callable[[str], bool | None]


class Risk(msgspec.Struct, frozen=True):
    """`why` is a sentence about what may go wrong."""

    kind: RiskKind
    why: str


def check_change(change: Change, zone_after: Collection[Record], zone: str, exists: HostExists) -> Iterator[Risk]:
    """Yields every risk of one change. `zone_after` is the zone as it will be."""
    name, kind, lost = change.name, change.type, sorted(set(change.before) - set(change.after))
    rules = (
        (lost and _is_mail(name, kind, lost), RiskKind.MAIL,
         f"Mail may be lost or refused: {_shorten(lost)} goes away."),
        (lost and kind == "NS", RiskKind.DELEGATION,
         "Everything below this name is answered by other servers, or by none."),
        (kind == "CAA" and any(" issue" in value for value in lost), RiskKind.AUTHORITY,
         f"Certificates can no longer be renewed by {_shorten(lost)}."),
        (name == zone and kind in ADDRESSES and not change.after, RiskKind.ROOT, f"{zone} itself loses its address."),
        (change.unproxied, RiskKind.PROXY,
         "Traffic would no longer pass through Cloudflare; what it does there ends."),
    )  # fmt: skip
    yield from (Risk(risk, why) for applies, risk, why in rules if applies)
    if change.after:
        record = Record(name, kind, change.ttl_after, change.after)
        yield from check_record(record, zone_after, zone, exists)


def check_record(record: Record, zone_after: Collection[Record], zone: str, exists: HostExists) -> Iterator[Risk]:
    """Yields the risks of a record that is new or changed."""
    if record.name.startswith("*"):
        yield Risk(RiskKind.WILDCARD, "Every name that does not exist would lead there, and could be taken over.")
    names = [f".{each.name}" for each in zone_after]
    for host in {target(value) for value in record.values} - {""} if record.type in POINTING - {"NS"} else ():
        is_inside = f".{host}".endswith(f".{zone}")
        if not any(name.endswith(f".{host}") for name in names) if is_inside else exists(host) is False:
            yield Risk(RiskKind.DANGLING, f"{host} does not exist; whoever makes it answers for {record.name}.")


def _is_mail(name: str, kind: str, lost: list[str]) -> bool:
    is_policy = MAIL_NAME.search(name) is not None or any(value.startswith("v=spf1") for value in lost)
    return kind == "MX" or (kind in ("TXT", "CNAME") and is_policy)


def _shorten(values: list[str]) -> str:
    more = f" and {len(values) - 1} more" if len(values) > 1 else ""
    return f"{textwrap.shorten(values[0], 60, placeholder='…')}{more}" if values else ""
