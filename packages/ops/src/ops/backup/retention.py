"""Which backups are kept, for each database apart: the last ones, and the newest of days, weeks, months and years.

It counts the days that have a backup and reads no clock, so a clock that jumps deletes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ops.backup.catalog import Backup, delete_backup, find_newest, list_backups
from ops.backup.errors import BusyError
from ops.backup.manifest import DatabaseId
from ops.backup.store import Store

UNFINISHED_FOR = timedelta(days=1)


class RetentionRules(NamedTuple):
    """How many of each are kept. The defaults are stated here only."""

    last: int = 3
    daily: int = 7
    weekly: int = 5
    monthly: int = 12
    yearly: int = 3


class Stamp(NamedTuple):
    """What retention needs to know about a backup."""

    name: str
    taken_at: datetime
    is_proven: bool = False
    database: DatabaseId = DatabaseId()


PERIODS: Sequence[tuple[str, Callable[[datetime], object]]] = (
    ("daily", lambda at: at.date()),
    ("weekly", lambda at: at.isocalendar()[:2]),
    ("monthly", lambda at: (at.year, at.month)),
    ("yearly", lambda at: at.year),
)


class PrunePlan(NamedTuple):
    """`reasons` says why each other backup is kept. One that cannot be trusted is kept for a person to judge."""

    rules: RetentionRules
    at: datetime
    deleted: tuple[Backup, ...]
    reasons: dict[str, list[str]]


def explain_retention(stamps: Iterable[Stamp], rules: RetentionRules) -> dict[str, list[str]]:
    """Returns the reasons to keep each backup, for stamps from oldest to newest. Without a reason it can go."""
    reasons: dict[str, list[str]] = {}
    databases: dict[DatabaseId, list[Stamp]] = defaultdict(list)
    for stamp in stamps:
        reasons[stamp.name] = []
        databases[stamp.database].insert(0, stamp)
    for newest_first in databases.values():
        reasons[newest_first[0].name].append("newest")
        for stamp in [stamp for stamp in newest_first if stamp.is_proven][:1]:
            reasons[stamp.name].append("last proven")
        for stamp in newest_first[: rules.last]:
            reasons[stamp.name].append("last")
        for (period, key), count in zip(PERIODS, rules[1:], strict=True):
            newest_of: dict[object, Stamp] = {}
            for stamp in newest_first:
                newest_of.setdefault(key(stamp.taken_at), stamp)
            for stamp in list(newest_of.values())[:count]:
                reasons[stamp.name].append(period)
    return reasons


def explain_backups(backups: Iterable[Backup], rules: RetentionRules) -> dict[str, list[str]]:
    """Returns the reasons to keep each backup that can be trusted."""
    stamps = [
        Stamp(each.name, each.manifest.taken_at, bool(each.proofs), each.manifest.database)
        for each in backups
        if each.manifest
    ]
    return explain_retention(stamps, rules)


def plan_prune(backups: Sequence[Backup], rules: RetentionRules, now: datetime) -> PrunePlan:
    reasons = explain_backups(backups, rules)
    newest = find_newest(backups)
    deleted = []
    for each in backups:
        if each.manifest:
            if not reasons[each.name]:
                deleted.append(each)
        elif each.is_finished:
            reasons[each.name] = ["it cannot be trusted: look at it"]
        elif newest and each.number < newest.number and now - each.modified > UNFINISHED_FOR:
            deleted.append(each)
        else:
            reasons[each.name] = ["it may still be running"]
    return PrunePlan(rules, now, tuple(deleted), {name: reason for name, reason in reasons.items() if reason})


def delete_planned(store: Store, trusted: Sequence[Ed25519PublicKey], plan: PrunePlan) -> None:
    """Deletes what the plan says where a new plan says the same. Raises `BusyError` where it does not."""
    current = plan_prune(list_backups(store, trusted), plan.rules, plan.at)
    if {each.name for each in plan.deleted} - {each.name for each in current.deleted}:
        raise BusyError("The store has changed since the plan was made. Nothing was deleted; run the command again.")
    for each in plan.deleted:
        delete_backup(store, each.name)
