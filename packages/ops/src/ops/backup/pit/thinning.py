"""Thins bases and WAL out: what goes is planned first, and looked at again when it is done.

It counts back from the newest moment that can be reached and asks no clock, so a clock that jumps deletes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ops.backup import catalog
from ops.backup.faults import Busy
from ops.backup.pit import bases, segments, survey, windows
from ops.backup.pit.bases import Found
from ops.backup.pit.papers import Base
from ops.backup.pit.segments import position
from ops.backup.pit.survey import Survey
from ops.backup.pit.wal import Wal
from ops.backup.prune import UNFINISHED_FOR
from ops.backup.screen import Screen
from ops.backup.store import Object, Store


class Plan(NamedTuple):
    """`why` says what keeps each base that stays; `wal` are files that nothing kept needs."""

    gone: tuple[Found, ...]
    wal: tuple[Object, ...]
    why: dict[str, list[str]]

    @property
    def size(self) -> int:
        return sum(each.size for each in self.gone) + sum(each.size for each in self.wal)


def plan(found: Survey, days: int, now: datetime) -> Plan:
    """What may go when every moment of the last `days` shall stay within reach."""
    why: dict[str, list[str]] = {each.folder: [] for each in found.found}
    usable = sorted(bases.whole(found.found), key=lambda base: base.ended_at)
    for base, reason in _kept(found, usable, timedelta(days=days)):
        for link in bases.chain(found.found, base):
            told = why[bases.folder(link.system, link.name)]
            told.append(reason if link is base else f"{base.name} stands on it")
    newest = max((base.taken_at for base in usable), default=None)
    gone = []
    for each in found.found:
        if each.base in usable:
            if not why[each.folder]:
                gone.append(each)
        elif each.finished:
            why[each.folder] = ["it cannot be used: look at it"]
        elif newest and now - each.touched > UNFINISHED_FOR:
            gone.append(each)
        else:
            why[each.folder] = ["it may still be in the making"]
    kept = [each.base for each in found.found if each.base and why[each.folder]]
    return Plan(tuple(gone), tuple(_unneeded(found, usable, kept)), {at: told for at, told in why.items() if told})


def _kept(found: Survey, usable: Sequence[Base], span: timedelta) -> list[tuple[Base, str]]:
    if not usable:
        return []
    kept = [(max(usable, key=lambda base: base.taken_at), "newest")]
    proven = {each.name for each in found.found if each.proofs}
    kept += [(base, "last proven") for base in [base for base in usable if base.name in proven][-1:]]
    until = max((window.until for window in found.windows), default=None)
    if until is None:
        return kept + [(base, "nothing can be reached yet") for base in usable]
    horizon = until - span
    kept += [(base, "within the days") for base in usable if base.ended_at > horizon]
    reaching = [reach for reach in found.reaches if reach.since <= horizon and reach.until and reach.until >= horizon]
    if reaching:
        kept.append((max(reaching, key=lambda reach: reach.since).base, "the first of the days stand on it"))
    return kept


def _unneeded(found: Survey, usable: Sequence[Base], kept: Sequence[Base]) -> list[Object]:
    gone = []
    for wal in found.wal.values():
        # Where no base could ever be used, nobody knows what the WAL is good for.
        if any(base.system == wal.system for base in usable):
            mine = [base for base in kept if base.system == wal.system]
            gone += [each for name, each in sorted(wal.objects.items()) if not _needed(name, wal, mine, usable[0])]
    return gone


def _needed(name: str, wal: Wal, kept: Sequence[Base], any_base: Base) -> bool:
    timeline = segments.timeline(name)
    if segments.HISTORY.fullmatch(name) or wal.forks(timeline) is None:
        return True
    number = segments.number(name[:24], any_base.segment_size)
    return any(
        windows.leads(base, timeline, wal) and number >= position(base.start) // base.segment_size for base in kept
    )


def carry_out(store: Store, trusted: Sequence[Ed25519PublicKey], planned: Plan, days: int, now: datetime) -> None:
    """Deletes what was planned, if it is still what would be planned. Raises `Busy` where it is not, and `Trouble`."""
    again = plan(survey.made(store, trusted), days, now)
    more = {each.folder for each in planned.gone} - {each.folder for each in again.gone}
    if more or {each.path for each in planned.wal} - {each.path for each in again.wal}:
        raise Busy("The store has changed since the plan was made. Nothing was deleted; plan again.")
    # Incrementals before what they stand on, and bases before their WAL: what is left half-way is still true.
    for each in sorted(planned.gone, key=lambda each: -each.number):
        bases.discard(store, each.folder)
    with ThreadPoolExecutor(catalog.AT_ONCE) as pool:
        list(pool.map(store.delete, [each.path for each in planned.wal]))


def lines(planned: Plan) -> list[str]:
    """For people."""
    told = [f"keep    {folder.rpartition('/')[2]}  base: {', '.join(why)}" for folder, why in planned.why.items()]
    told += [f"delete  {each.name}  base, {Screen.size(each.size)}" for each in planned.gone]
    if planned.wal:
        told.append(f"delete  {len(planned.wal)} files of WAL, {Screen.size(sum(each.size for each in planned.wal))}")
    return told


def document(planned: Plan) -> dict[str, Any]:
    """For programs."""
    return {
        "keep": {folder.rpartition("/")[2]: why for folder, why in planned.why.items()},
        "delete": [each.name for each in planned.gone],
        "delete_wal": [each.path.rpartition("/")[2] for each in planned.wal],
    }
