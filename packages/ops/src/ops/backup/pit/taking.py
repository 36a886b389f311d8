"""Takes a base backup: pg_basebackup → zstd → age → store, full or on top of the one before."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import zstandard

from ops.backup import catalog, database, incoming, signed, tools
from ops.backup.catalog import CLAIM, MANIFEST
from ops.backup.faults import Damaged, Trouble
from ops.backup.manifest import Archive
from ops.backup.outgoing import LEVEL
from ops.backup.pit import bases, catching, origin
from ops.backup.pit.bases import ARCHIVE, LISTING, Found
from ops.backup.pit.origin import Origin
from ops.backup.pit.papers import Base, Listing
from ops.backup.pit.segments import position
from ops.backup.programs import Programs
from ops.backup.screen import Screen
from ops.backup.settings import Settings
from ops.backup.store import Store

BUSY = "Another base backup of this server is being taken. Wait for it; nothing was changed."
FULL_AFTER = timedelta(days=7)
"""A chain of incrementals is begun anew: the longer it is, the longer a restore takes and the more one loss costs."""


class Choice(NamedTuple):
    """`parent` is None for a full one; `why` is for people."""

    parent: Base | None
    why: str


def choice(server: Origin, found: Sequence[Found], *, incremental: bool | None) -> Choice:
    """What to stand on. `incremental`: True and False insist, None takes what can be had.

    Raises `Trouble` where an incremental one is wanted and cannot be had.
    """
    if incremental is False:
        return Choice(None, "as told")
    if server.postgres < 17_00_00:
        why = f"PostgreSQL {server.postgres // 10_000} knows no incremental backups, 17 and newer do"
    elif server.settings["summarize_wal"] != "on":
        why = "summarize_wal is off: ALTER SYSTEM SET summarize_wal = on; SELECT pg_reload_conf()"
    else:
        mine = [base for base in bases.whole(found) if base.system == server.system]
        parent = max(mine, key=lambda base: base.name, default=None)
        if parent is None:
            why = "there is none to stand on"
        elif fault := _unfit(server, parent):
            why = fault
        else:
            age = server.now - bases.chain(found, parent)[0].ended_at
            if incremental or age < FULL_AFTER:
                return Choice(parent, f"on top of {parent.name}")
            return Choice(None, f"the last full one is {Screen.span(age)} old")
    if incremental:
        raise Trouble(f"No incremental backup can be taken: {why}. Leave --incremental out, or take a --full one.")
    return Choice(None, why)


def _unfit(server: Origin, parent: Base) -> str:
    """Why the server could not tell what has changed since, or nothing."""
    current = server.asked("SELECT timeline_id FROM pg_control_checkpoint()")
    if current != parent.timeline:
        return f"{parent.name} is of timeline {parent.timeline}, and the server is on {current}"
    reached = position(parent.start)
    rows = server.connection.execute("SELECT start_lsn::text, end_lsn::text FROM pg_available_wal_summaries()")
    ranges = sorted((position(start), position(end)) for start, end in rows)
    if not any(start <= reached for start, _ in ranges):
        return f"what has changed since {parent.name} was not written down, as summarize_wal was off then"
    for start, end in ranges:
        if start <= reached:
            reached = max(reached, end)
        else:
            return f"what has changed since {parent.name} is not known without a gap"
    return ""


def take(settings: Settings, store: Store, url: str, screen: Screen, *, incremental: bool | None) -> Base:
    """The paper of a base backup that has been read back. Raises `Trouble`; then nothing of it is left in the store."""
    began = time.monotonic()
    with origin.held(url, origin.BASE_LOCK, BUSY) as server:
        suite = origin.suite(server.postgres // 10_000)
        found = bases.read(store, settings.trusted)
        chosen = choice(server, found, incremental=incremental)
        screen.note(f"{'An incremental' if chosen.parent else 'A full'} backup: {chosen.why}.")
        taken_at = server.now
        name = catalog.named(max((each.number for each in found), default=0) + 1, taken_at)
        folder = bases.folder(server.system, name)
        store.create(f"{folder}/{CLAIM}", msgspec.json.encode({"name": name, "taken_at": taken_at}))
        try:
            with tempfile.TemporaryDirectory(prefix="octatech-base-") as aside:
                command = _command(
                    suite, database.address(url).plain, name, _listing(store, chosen.parent, Path(aside))
                )
                archive, listing = _poured(settings, store, command, url, folder=folder, server=server, screen=screen)
            ended_at = server.now
            with screen.bar("Reading back", archive.size) as advance:
                incoming.checked(store, archive, advance)
            wal = catching.needed(listing)
            base = Base(
                name=name,
                system=server.system,
                taken_at=taken_at,
                ended_at=ended_at,
                seconds=round(time.monotonic() - began, 3),
                postgres=server.postgres,
                timeline=wal.timeline,
                start=wal.start,
                stop=wal.end,
                segment_size=server.segment_size,
                parent=chosen.parent.name if chosen.parent else None,
                role=server.role,
                database=server.database,
                archive=archive,
                listing=_kept(store, folder, listing),
                tools=tools.used(suite),
            )
            _signed(settings, store, folder, base)
        except BaseException as fault:
            try:
                bases.discard(store, folder)
            except Trouble:
                screen.note(f"What was written of {name} is still there; `ops backup prune` removes it.")
            if type(fault) is Trouble:
                raise origin.plainer(fault) from None
            raise
    return base


def _command(suite: Programs, address: str, name: str, listing: Path | None) -> list[str]:
    """With the WAL of its own duration inside, so that it is whole without the archive."""
    command = [suite.path("pg_basebackup"), f"--dbname={address}", "--no-password", "--pgdata=-", "--format=tar"]
    command += ["--wal-method=fetch", "--checkpoint=fast", f"--label=octatech {name}"]
    return [*command, f"--incremental={listing}"] if listing else command


def _listing(store: Store, parent: Base | None, aside: Path) -> Path | None:
    """The parent's list of files, as a file. Raises `Damaged`."""
    if parent is None:
        return None
    packed = store.read(parent.listing.object)
    if hashlib.sha256(packed).hexdigest() != parent.listing.sha256:
        raise Damaged(f"{parent.listing.object} is damaged. Take a full backup: `ops backup base --full`.")
    file = aside / "backup_manifest"
    file.write_bytes(zstandard.ZstdDecompressor().decompress(packed))
    return file


def _poured(
    settings: Settings, store: Store, command: list[str], url: str, *, folder: str, server: Origin, screen: Screen
) -> tuple[Archive, bytes]:
    path = f"{folder}/{ARCHIVE}"
    environment = database.address(url).environment
    with (
        screen.bar("Backing up", server.size, exact=False) as advance,
        catching.Base(command, environment, settings.recipients, advance) as outgoing,
    ):
        store.pour(path, outgoing.pieces())
    recipients = tuple(recipient.text for recipient in settings.recipients)
    return Archive(path, outgoing.size, outgoing.sha256, outgoing.raw_size, recipients), outgoing.listing


def _kept(store: Store, folder: str, listing: bytes) -> Listing:
    packed = zstandard.ZstdCompressor(level=LEVEL).compress(listing)
    path = f"{folder}/{LISTING}"
    store.create(path, packed)
    return Listing(path, len(packed), hashlib.sha256(packed).hexdigest())


def _signed(settings: Settings, store: Store, folder: str, base: Base) -> None:
    path, paper = f"{folder}/{MANIFEST}", signed.seal(base, settings.signer)
    store.create(path, paper)
    if store.read(path) != paper:
        raise Damaged(f"{path} does not read as it was written. Do not trust this store.")
