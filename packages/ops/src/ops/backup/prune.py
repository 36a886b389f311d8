"""Thins backups out: what goes is planned first, and looked at again when it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ops.backup import catalog
from ops.backup.catalog import Backup
from ops.backup.faults import Busy
from ops.backup.report import stamps
from ops.backup.retention import Keep, reasons
from ops.backup.store import Store

UNFINISHED_FOR = timedelta(days=1)


class Plan(NamedTuple):
    """`why` says what keeps each backup that stays. Those that cannot be trusted stay, and are for people to judge."""

    gone: tuple[Backup, ...]
    why: dict[str, list[str]]


def plan(backups: Sequence[Backup], keep: Keep, now: datetime) -> Plan:
    why = reasons(stamps(backups), keep)
    newest = catalog.newest(backups)
    gone = []
    for each in backups:
        if each.manifest:
            if not why[each.name]:
                gone.append(each)
        elif each.finished:
            why[each.name] = ["it cannot be trusted: look at it"]
        elif newest and each.number < newest.number and now - each.touched > UNFINISHED_FOR:
            gone.append(each)
        else:
            why[each.name] = ["it may still be in the making"]
    return Plan(tuple(gone), {name: reason for name, reason in why.items() if reason})


def carry_out(store: Store, trusted: Sequence[Ed25519PublicKey], planned: Plan, keep: Keep, now: datetime) -> None:
    """Deletes what was planned, if it is still what would be planned. Raises `Busy` where it is not, and `Trouble`."""
    again = plan(catalog.read(store, trusted), keep, now)
    if {each.name for each in planned.gone} - {each.name for each in again.gone}:
        raise Busy("The store has changed since the plan was made. Nothing was deleted; plan again.")
    for each in planned.gone:
        catalog.discard(store, each.name)
