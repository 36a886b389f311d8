"""The backup store: whether it can be written, read and cleared, how full it is, how old the newest backup is."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from ops.backup import settings, store
from ops.backup.catalog import ARCHIVE
from ops.backup.store import Store
from ops.cli import OpsError
from ops.doctor.context import DoctorContext
from ops.doctor.findings import FINE, WEAK, WRONG, Findings

OLD = timedelta(days=2)
FULL = 0.9
RETRIES = 1


def check(context: DoctorContext, findings: Findings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
    address = context.value("BACKUP_STORE")
    if not address:
        has_keys = context.value("BACKUP_RECIPIENTS") or context.value("BACKUP_SIGNING_KEY")
        if has_keys:
            fix = "Set it to a folder or an address such as s3://bucket/folder"
            findings.add(WRONG, "There are keys for backups, and BACKUP_STORE is not set", fix)
        else:
            findings.add(FINE, "No backups are made from here: BACKUP_STORE is not set")
        return
    try:
        keys = settings.read_settings(context.environ, ("recipients", "signing"))
        what = "Only one key can read the backups: with it they are lost"
        findings.expect((len(keys.recipients) > 1, WEAK, what, "ops backup keys FOLDER"))
    except OpsError as error:
        findings.add_error(WRONG, error, "ops backup keys FOLDER")
    try:
        opened = store.open_store(address, context.environ, retries=RETRIES)
        _try_store(opened)
        times = [each.modified for each in opened.list_objects() if each.path.endswith(f"/{ARCHIVE}")]
    except OpsError as error:
        if "://" in address:
            context.require_network(urlsplit(context.value("AWS_ENDPOINT_URL")).hostname)
        findings.add_error(WRONG, error, "Look at BACKUP_STORE")
        return
    age = now() - max(times, default=now())
    usage = shutil.disk_usage(Path("/" if "://" in address else address).expanduser())
    share = 0 if "://" in address else usage.used / usage.total
    findings.expect(
        (times, WEAK, "There is no backup yet", "ops backup create"),
        (age <= OLD, WEAK, f"The newest backup is {age.days} days old", "ops backup create"),
        (share <= FULL, WEAK, f"{address} is {share:.0%} full", "ops backup prune"),
    )
    if not findings.all:
        findings.add(FINE, f"{address} takes what is written, gives it back, and lets it be removed")


def _try_store(opened: Store) -> None:
    """Writes a small object, reads it back, removes it. Raises `OpsError`."""
    name, data = f"doctor-{secrets.token_hex(8)}", secrets.token_bytes(32)
    opened.create(name, data)
    try:
        if opened.read(name) != data:
            raise OpsError(f"{opened.address} returns other bytes than were written. Choose another place.")
    finally:
        opened.delete(name)
