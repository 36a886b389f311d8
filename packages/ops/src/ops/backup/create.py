"""Makes a backup: claim a name, pour the archive, count the same snapshot beside it, read back, sign."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import msgspec

from ops.backup import catalog, contents, database, incoming, programs, signed, snapshot, tools
from ops.backup.catalog import ARCHIVE, CLAIM, MANIFEST
from ops.backup.database import Address
from ops.backup.faults import Damaged
from ops.backup.manifest import Archive, Contents, Manifest
from ops.backup.outgoing import Outgoing
from ops.backup.programs import Programs
from ops.backup.screen import Screen
from ops.backup.settings import Settings
from ops.backup.snapshot import Snapshot
from ops.backup.store import Store

SKEW = timedelta(minutes=1)


def create(settings: Settings, store: Store, url: str, screen: Screen, clock: Callable[[], datetime]) -> Manifest:
    """The manifest of a backup that has been read back. Raises `Trouble`; then nothing of it is left in the store."""
    began = time.monotonic()
    before = catalog.read(store, settings.trusted)
    with snapshot.held(url) as held:
        suite = programs.found(held.postgres // 10_000)
        taken_at = clock()
        _mind_the_clock(screen, before, held, taken_at)
        name = catalog.named(max((each.number for each in before), default=0) + 1, taken_at)
        store.create(f"{name}/{CLAIM}", msgspec.json.encode({"name": name, "taken_at": taken_at}))
        try:
            archive, found = _poured(
                settings, store, name, database.address(url), held=held, suite=suite, screen=screen
            )
            with screen.bar("Reading back", archive.size) as advance:
                incoming.checked(store, archive, advance)
            manifest = Manifest(
                name=name,
                taken_at=taken_at,
                seconds=round(time.monotonic() - began, 3),
                postgres=held.postgres,
                contents=found,
                archive=archive,
                tools=tools.used(suite),
            )
            _signed(settings, store, manifest)
        except BaseException:
            if not catalog.tried_to_discard(store, name):
                screen.note(f"What was written of {name} is still there; `ops backup prune` removes it.")
            raise
    return manifest


def _dump(suite: Programs, held: Snapshot, where: Address) -> list[str]:
    return [
        suite.path("pg_dump"),
        "--format=custom",
        "--compress=0",
        "--no-password",
        f"--snapshot={held.id}",
        f"--dbname={where.plain}",
    ]


def _poured(
    settings: Settings, store: Store, name: str, where: Address, *, held: Snapshot, suite: Programs, screen: Screen
) -> tuple[Archive, Contents]:
    path = f"{name}/{ARCHIVE}"
    with ThreadPoolExecutor(1) as aside:
        counting = aside.submit(contents.read, held.connection)
        try:
            with (
                screen.bar("Backing up", held.size, exact=False) as advance,
                Outgoing(_dump(suite, held, where), where.environment, settings.recipients, advance) as outgoing,
            ):
                store.pour(path, outgoing.pieces())
        except BaseException:
            held.connection.cancel_safe()
            raise
        with screen.bar("Counting", None):
            found = counting.result()
    recipients = tuple(recipient.text for recipient in settings.recipients)
    return Archive(path, outgoing.size, outgoing.sha256, outgoing.raw_size, recipients), found


def _signed(settings: Settings, store: Store, manifest: Manifest) -> None:
    path = f"{manifest.name}/{MANIFEST}"
    paper = signed.seal(manifest, settings.signer)
    store.create(path, paper)
    if store.read(path) != paper:
        raise Damaged(f"{path} does not read as it was written. Do not trust this store.")


def _mind_the_clock(screen: Screen, before: list[catalog.Backup], held: Snapshot, now: datetime) -> None:
    if abs(held.server_time - now) > SKEW:
        apart = screen.span(abs(held.server_time - now))
        screen.note(f"This machine's clock and the database's are {apart} apart. Set them right.")
    latest = catalog.newest(before)
    if latest and latest.manifest and latest.manifest.taken_at > now:
        ahead = screen.span(latest.manifest.taken_at - now)
        screen.note(f"{latest.name} is dated {ahead} ahead of now: a clock has jumped. Numbers keep the order.")
