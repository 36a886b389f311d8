"""What would change in the zone, how dangerous each change is, and what is left alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

from octodns.provider.base import BaseProvider
from octodns.provider.plan import Plan as OctoPlan
from octodns.provider.plan import RootNsChange, TooMuchChange
from octodns.record.change import Change as OctoChange
from octodns.zone import Zone

from ops.dns import risks
from ops.dns.kinds import Kind
from ops.dns.provider import from_octo, trouble
from ops.dns.records import Record, absolute
from ops.dns.risks import Exists, Risk
from ops.dns.wanted import beside

Action = Literal["add", "change", "delete"]


class Change(NamedTuple):
    """One name and type; TTL in seconds, 0 where there was or will be none. `unproxied`: Cloudflare stood before it."""

    action: Action
    name: str
    type: str
    ttl_before: int
    ttl_after: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    unproxied: bool = False
    risks: tuple[Risk, ...] = ()


class Plan(NamedTuple):
    """`kept` are records that nobody asked for; `octo` carries it out, and is nothing where nothing changes."""

    zone: str
    changes: tuple[Change, ...]
    risks: tuple[Risk, ...]
    kept: tuple[Record, ...]
    octo: OctoPlan | None

    def refused(self, allowed: Collection[Kind]) -> list[Kind]:
        """The kinds of risk that are in it and not allowed."""
        found = {risk.kind for risk in self.risks} | {risk.kind for change in self.changes for risk in change.risks}
        return sorted(found - set(allowed))


def made(
    provider: BaseProvider,
    zone: str,
    records: Sequence[Record],
    exists: Exists,
    *,
    prune: bool = False,
    spared: Collection[str] = (),
) -> Plan:
    """Ask the provider what is there, and compare. Nothing at the names of `spared` is pruned. Raises `Trouble`."""
    with trouble():
        there = Zone(f"{zone}.", [])
        provider.populate(there, target=True, lenient=True)
        wanted = beside(there, records, prune=prune, spared=spared)
        octo = provider.plan(wanted.zone)
    stated = {(record.name, record.type): record for record in records}
    changes = []
    for change in sorted(_change(each) for each in (octo.changes if octo else ())):
        key = (change.name, change.type)
        found = list(risks.of_change(_as_stated(change, stated.get(key)), [*records, *wanted.kept], zone, exists))
        if key in wanted.conflicts:
            found.append(Risk(Kind.CONFLICT, "It is not ours, but ours cannot stand beside it."))
        changes.append(change._replace(risks=tuple(found)))
    return Plan(zone, tuple(changes), tuple(_whole(octo)), wanted.kept, octo)


def carry_out(provider: BaseProvider, plan: Plan) -> None:
    """Apply it. Raises `Trouble`; what was done by then stays done, and a new plan holds the rest."""
    if plan.octo is not None:
        with trouble():
            provider.apply(plan.octo)


def _change(change: OctoChange) -> Change:
    before = from_octo(change.existing) if change.existing else None
    after = from_octo(change.new) if change.new else None
    told = from_octo(change.record)
    action: Action = "change" if before and after else "add" if after else "delete"
    proxied = bool(change.existing) and change.existing.octodns.get("cloudflare", {}).get("proxied", False)
    ttl_before, old = (before.ttl, before.values) if before else (0, ())
    ttl_after, new = (after.ttl, after.values) if after else (0, ())
    return Change(action, told.name, told.type, ttl_before, ttl_after, old, new, unproxied=proxied)


def _as_stated(change: Change, record: Record | None) -> Change:
    """A missing dot is there again: octoDNS got the full name."""
    undotted = tuple(value for value in record.values if not absolute(record.type, value)) if record else ()
    return change._replace(after=undotted) if change.after and undotted else change


def _whole(octo: OctoPlan | None) -> Iterator[Risk]:
    if octo is None:
        return
    try:
        octo.raise_if_unsafe()
    except TooMuchChange as fault:
        what = str(fault).partition("] ")[2].removesuffix(", force required")
        yield Risk(Kind.MUCH, f"Much changes at once: {what}.")
    except RootNsChange:
        yield Risk(Kind.DELEGATION, "The name servers of the zone itself change.")
