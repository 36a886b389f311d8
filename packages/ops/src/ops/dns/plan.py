"""What would change in the zone, how dangerous each change is, and what is kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Literal

import msgspec
from octodns.provider.base import BaseProvider
from octodns.provider.plan import Plan as OctoPlan
from octodns.provider.plan import RootNsChange, TooMuchChange
from octodns.record.change import Change as OctoChange
from octodns.zone import Zone

from ops.dns import RiskKind
from ops.dns.desired_zone import build_desired_zone
from ops.dns.provider import from_octo, translate_errors
from ops.dns.records import Record
from ops.dns.safety_checks import HostExists, Risk, check_change

Action = Literal["add", "change", "delete"]


class Change(msgspec.Struct, frozen=True):
    """One name and type. TTLs are in seconds, 0 where there is none. `unproxied`: Cloudflare's proxy ends."""

    action: Action
    name: str
    type: str
    ttl_before: int
    ttl_after: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    unproxied: bool = False
    risks: tuple[Risk, ...] = ()


class DnsPlan(msgspec.Struct, frozen=True):
    """`kept` are unrelated records."""

    zone: str
    changes: tuple[Change, ...]
    risks: tuple[Risk, ...]
    kept: tuple[Record, ...]

    def list_refused(self, allowed: Collection[RiskKind]) -> list[RiskKind]:
        """Returns the kinds of risk that the plan has and that are not allowed."""
        risks = (*self.risks, *(risk for change in self.changes for risk in change.risks))
        return sorted({risk.kind for risk in risks} - set(allowed))


def make_plan(
    provider: BaseProvider,
    zone: str,
    records: Sequence[Record],
    exists: HostExists,
    *,
    prune: bool = False,
    spared: Collection[str] = (),
) -> tuple[DnsPlan, Callable[[], None]]:
    """Asks the provider for the zone, and compares. Names in `spared` are never pruned. Raises `OpsError`.

    Returns what applies the plan, too. Where that fails, what is done stays done, and a new plan holds the rest.
    """
    with translate_errors():
        current = Zone(f"{zone}.", [])
        provider.populate(current, target=True, lenient=True)
        desired, kept, conflicts = build_desired_zone(current, records, prune=prune, spared=spared)
        octo = provider.plan(desired)
    changes = []
    converted = map(_convert, octo.changes if octo else ())
    for change in sorted(converted, key=lambda each: (each.action, each.name, each.type)):
        risks = list(check_change(change, [*records, *kept], zone, exists))
        if (change.name, change.type) in conflicts:
            risks.append(Risk(RiskKind.CONFLICT, "It is not ours, but ours cannot stand beside it."))
        changes.append(msgspec.structs.replace(change, risks=tuple(risks)))
    return DnsPlan(zone, tuple(changes), tuple(_check_plan(octo)), tuple(kept)), partial(_apply, provider, octo)


def _apply(provider: BaseProvider, octo: OctoPlan | None) -> None:
    if octo is not None:
        with translate_errors():
            provider.apply(octo)


def _convert(change: OctoChange) -> Change:
    record = from_octo(change.record)
    nothing = msgspec.structs.replace(record, ttl=0, values=())
    before = from_octo(change.existing) if change.existing else nothing
    after = from_octo(change.new) if change.new else nothing
    action: Action = "add" if not change.existing else "change" if change.new else "delete"
    proxied = bool(change.existing) and change.existing.octodns.get("cloudflare", {}).get("proxied", False)
    return Change(
        action, record.name, record.type, before.ttl, after.ttl, before.values, after.values, unproxied=proxied
    )


def _check_plan(octo: OctoPlan | None) -> Iterator[Risk]:
    try:
        if octo:
            octo.raise_if_unsafe()
    except TooMuchChange as error:
        what = str(error).partition("] ")[2].removesuffix(", force required")
        yield Risk(RiskKind.MUCH, f"Much changes at once: {what}.")
    except RootNsChange:
        yield Risk(RiskKind.DELEGATION, "The name servers of the zone itself change.")
