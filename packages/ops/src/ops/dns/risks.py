"""What makes a change of names unsafe, and why. Each risk has a name to allow it by."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ops.dns.kinds import Kind
from ops.dns.records import POINTING, Record, absolute, target

if TYPE_CHECKING:
    from ops.dns.plan import Change

MAIL_NAME = re.compile(r"(^|\.)(_dmarc|_domainkey|_mta-sts|_smtp\._tls)(\.|$)")
ADDRESSES = frozenset({"A", "AAAA", "ALIAS", "CNAME"})

# Whether a host outside the zone is there; None where nobody can tell.
Exists = Callable[[str], bool | None]


class Risk(NamedTuple):
    """`why` is a sentence about what may go wrong."""

    kind: Kind
    why: str


def of_change(change: Change, there: Collection[Record], zone: str, exists: Exists) -> Iterator[Risk]:
    """Every risk of one change. `there` is the zone as it will be."""
    lost = sorted(set(change.before) - set(change.after))
    if lost and _is_mail(change.name, change.type, lost):
        yield Risk(Kind.MAIL, f"Mail may be lost or refused: {_few(lost)} goes away.")
    if change.type == "NS" and lost:
        yield Risk(Kind.DELEGATION, "Everything below this name is answered by other servers, or by none.")
    if change.type == "CAA" and any(" issue" in value for value in lost):
        yield Risk(Kind.AUTHORITY, f"Certificates can no longer be renewed by {_few(lost)}.")
    if change.name == zone and change.type in ADDRESSES and not change.after:
        yield Risk(Kind.ROOT, f"{zone} itself loses its address.")
    if change.unproxied:
        yield Risk(Kind.PROXY, "Traffic would no longer pass through Cloudflare; what it does there ends.")
    if change.after:
        yield from _of_values(change, there, zone, exists)


def _of_values(change: Change, there: Collection[Record], zone: str, exists: Exists) -> Iterator[Risk]:
    if change.name.startswith("*"):
        yield Risk(Kind.WILDCARD, "Every name that does not exist would lead there, and could be taken over.")
    for value in change.after:
        if not absolute(change.type, value):
            yield Risk(Kind.DOT, f"{value} has no final dot. Allowed, it is taken as a full name.")
    if change.type in POINTING - {"NS"}:
        names = {record.name for record in there}
        for host in {target(value) for value in change.after} - {""}:
            if _dangles(host, names, zone, exists):
                yield Risk(Kind.DANGLING, f"{host} does not exist; whoever makes it answers for {change.name}.")


def _dangles(host: str, names: Collection[str], zone: str, exists: Exists) -> bool:
    if host == zone or host.endswith(f".{zone}"):
        return host not in names and not any(name.endswith(f".{host}") for name in names)
    return exists(host) is False


def _is_mail(name: str, kind: str, lost: list[str]) -> bool:
    if kind == "MX":
        return True
    return kind in ("TXT", "CNAME") and (
        MAIL_NAME.search(name) is not None or any(value.startswith("v=spf1") for value in lost)
    )


def _few(values: list[str]) -> str:
    first = values[0] if len(values[0]) <= 60 else f"{values[0][:57]}…"
    return first if len(values) == 1 else f"{first} and {len(values) - 1} more"
