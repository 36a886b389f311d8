"""Makes a backup: reserve a name, upload the archive, count the same snapshot, read back, sign."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from ops.backup import catalog, database
from ops.backup.archive import check_archive, upload_archive
from ops.backup.catalog import ARCHIVE, CLAIM, MANIFEST, Backup
from ops.backup.contents import read_contents
from ops.backup.database import Snapshot
from ops.backup.errors import DamagedError
from ops.backup.manifest import Archive, Contents, Manifest, sign_document
from ops.backup.programs import describe_provenance, find_programs
from ops.backup.settings import BackupSettings
from ops.backup.store import Store
from ops.cli import CliOutput, OpsError, format_duration

CLOCK_TOLERANCE = timedelta(minutes=1)


def create_backup(
    settings: BackupSettings, store: Store, url: str, output: CliOutput, now: Callable[[], datetime]
) -> Manifest:
    """Returns the manifest of a backup that was read back. Where it raises, the store is as it was."""
    started = time.monotonic()
    existing = catalog.list_backups(store, settings.trusted)
    with database.hold_snapshot(url) as snapshot:
        _refuse_empty(snapshot, url)
        programs = find_programs(snapshot.major, snapshot.major)
        taken_at = now()
        _note_changes(existing, snapshot, taken_at, output)
        name = catalog.format_name(max((each.number for each in existing), default=0) + 1, taken_at)
        store.create(f"{name}/{CLAIM}", msgspec.json.encode({"name": name, "taken_at": taken_at}))
        try:
            archive, contents = _upload(settings, store, f"{name}/{ARCHIVE}", url, snapshot=snapshot, output=output)
            with output.progress_bar("Reading back", archive.size) as advance:
                check_archive(store, archive, advance)
            manifest = Manifest(
                name=name,
                taken_at=taken_at,
                seconds=round(time.monotonic() - started, 3),
                postgres=snapshot.postgres,
                contents=contents,
                archive=archive,
                tools=describe_provenance(programs),
                database=snapshot.database,
            )
            path, document = f"{name}/{MANIFEST}", sign_document(manifest, settings.signer)
            store.create(path, document)
            if store.read(path) != document:
                raise DamagedError(f"{path} does not read as it was written. Do not trust this store.")
        except BaseException:
            with suppress(OpsError):  # the first error is the one to report; an unfinished backup is pruned later
                catalog.delete_backup(store, name)
            raise
    return manifest


def _refuse_empty(snapshot: Snapshot, url: str) -> None:
    if database.read_revision(snapshot.connection):
        return
    why = "has tables but no schema of the CRM" if database.list_objects(snapshot.connection) else "is empty"
    raise OpsError(
        f"The database {database.parse_address(url)} {why}, so a backup of it would prove nothing. "
        "Name the CRM's database in DATABASE_URL, or run `crm migrate` first. Nothing was written."
    )


def _upload(
    settings: BackupSettings, store: Store, path: str, url: str, *, snapshot: Snapshot, output: CliOutput
) -> tuple[Archive, Contents]:
    """Uploads the archive and counts the rows of the same snapshot at the same time."""
    address = database.parse_address(url)
    options = ["--format=custom", "--compress=0", "--no-password", f"--snapshot={snapshot.id}"]
    command = [find_programs(snapshot.major, snapshot.major).path("pg_dump"), *options, f"--dbname={address.dsn}"]
    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(read_contents, snapshot.connection)
        try:
            with output.progress_bar("Backing up", snapshot.size, exact=False) as advance:
                archive = upload_archive(store, path, (command, address.environment), settings.recipients, advance)
        except BaseException:
            snapshot.connection.cancel_safe()
            raise
        with output.status("Counting rows"):
            return archive, counting.result()


def _note_changes(existing: Sequence[Backup], snapshot: Snapshot, now: datetime, output: CliOutput) -> None:
    """Says what a person should know: another database than the last time, or a clock that is wrong."""
    difference = abs(snapshot.server_time - now)
    if difference > CLOCK_TOLERANCE:
        output.note(f"The clocks of this machine and of the database differ by {format_duration(difference)}.")
    newest = catalog.find_newest(existing)
    if newest is None or newest.manifest is None:
        return
    if newest.manifest.database != snapshot.database:
        output.note(f"This is {snapshot.database}. The newest backup, {newest.name}, is of {newest.manifest.database}.")
    if newest.manifest.taken_at > now:
        ahead = format_duration(newest.manifest.taken_at - now)
        output.note(f"{newest.name} is dated {ahead} ahead of now: a clock has jumped. Numbers keep the order.")
