"""What is read from a folder: a report, or a status. Faults of the maintenance file are raised, never passed over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from house.site import Site
from ops.uptime import maintenance
from ops.uptime import report as reports
from ops.uptime.incidents import Incidents
from ops.uptime.ledger import Ledger
from ops.uptime.maintenance import Planned
from ops.uptime.report import Report
from ops.uptime.status import Book, Status
from ops.uptime.store import Store
from ops.uptime.targets import Target
from ops.uptime.windows import Window


def planned(folder: Path, targets: Sequence[Target]) -> tuple[Planned, ...]:
    """The maintenance announced in a folder. Raises `BadMaintenance`."""
    return maintenance.read(folder / maintenance.FILE_NAME, [target.key for target in targets])


def report(
    store: Store, folder: Path, targets: Sequence[Target], site: Site, *, windows: Sequence[Window], now: int
) -> Report:
    """The report of a folder. Raises `BadMaintenance`."""
    ledger = Ledger(store, planned(folder, targets), now)
    newest = store.newest_of_all(now)
    return reports.of(ledger, targets, windows, objective=site.uptime.objective, newest=newest, now=now)


def status(store: Store, folder: Path, targets: Sequence[Target], site: Site, now: int) -> Status:
    """The status of a folder. Raises `BadMaintenance`."""
    book = Book(store, Incidents(store, folder), planned(folder, targets), now)
    return book.status(targets, objective=site.uptime.objective, every_s=site.uptime.every_s)
