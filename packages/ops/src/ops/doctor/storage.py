"""Where backups go: can we write there, read it back and take it away; how much room; how old is the newest."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ops.backup import settings, store
from ops.backup.catalog import ARCHIVE
from ops.backup.faults import Trouble, Unusable
from ops.backup.store import Object, Store
from ops.doctor.case import Case
from ops.doctor.findings import Finding, Group, Ward

OLD = timedelta(days=2)
LEAST_FREE = 0.1
RETRIES = 1


def _now() -> datetime:
    return datetime.now(UTC)


def findings(case: Case, now: Callable[[], datetime] = _now) -> list[Finding]:
    ward = Ward(Group.STORAGE)
    address = case.value("BACKUP_STORE")
    if not address:
        others = [name for name in ("BACKUP_RECIPIENTS", "BACKUP_SIGNING_KEY") if case.value(name)]
        if others:
            ward.wrong(f"{others[0]} is set and BACKUP_STORE is not", case.line("BACKUP_STORE", "s3://bucket/folder"))
        else:
            ward.fine("No backups are made from here: BACKUP_STORE is not set")
        return ward.findings
    _keys(case, ward)
    try:
        opened = store.opened(address, case.environ, retries=RETRIES)
        _tried(opened)
        _newest(ward, opened.objects(), now())
    except Trouble as fault:
        what, _, fix = str(fault).partition(". ")
        ward.wrong(what, fix or case.line("BACKUP_STORE", "…"))
        return ward.findings
    if "://" not in address:
        _room(ward, Path(address).expanduser())
    if not ward.findings:
        ward.fine(f"{address} takes what is written, gives it back, and lets it be removed")
    return ward.findings


def _keys(case: Case, ward: Ward) -> None:
    try:
        found = settings.read(case.environ, ("recipients", "signing"))
    except Unusable as fault:
        for line in str(fault).splitlines():
            what, _, fix = line.partition(". ")
            ward.wrong(what.split(": ")[0], fix or "ops backup keys FOLDER")
        return
    if len(found.recipients) < 2:
        ward.weak("Only one key can read the backups: with it they are lost", "ops backup keys FOLDER")


def _tried(opened: Store) -> None:
    """Writes a small object, reads it back, removes it. Raises `Trouble`."""
    name, text = f"doctor-{secrets.token_hex(8)}", secrets.token_bytes(32)
    opened.create(name, text)
    try:
        if opened.read(name) != text:
            raise Trouble(f"{opened.address} gives back other bytes than it was given. Look for another place.")
    finally:
        opened.delete(name)


def _newest(ward: Ward, objects: list[Object], now: datetime) -> None:
    times = [each.modified for each in objects if each.path.endswith(f"/{ARCHIVE}")]
    if not times:
        ward.weak("There is no backup yet", "ops backup create")
    elif now - max(times) > OLD:
        ward.weak(f"The newest backup is {(now - max(times)).days} days old", "ops backup create")


def _room(ward: Ward, folder: Path) -> None:
    usage = shutil.disk_usage(folder)
    if usage.free / usage.total < LEAST_FREE:
        ward.weak(f"{folder} is {1 - usage.free / usage.total:.0%} full", "ops backup prune")
