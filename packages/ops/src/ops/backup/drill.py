"""Proves a backup: restores it, compares everything, lets the CRM live on it, and writes the proof beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime

from ops.backup import boot, compare, contents, database, incoming, programs, signed, tools
from ops.backup.catalog import PROOFS
from ops.backup.faults import Damaged
from ops.backup.manifest import Manifest, Proof
from ops.backup.restore import refuse_newer, restore
from ops.backup.scratch import database_for_drill
from ops.backup.screen import Screen
from ops.backup.settings import Settings
from ops.backup.store import Store


class Watch:
    """How long each phase took. It asks the clock that nobody can set."""

    def __init__(self) -> None:
        self.phases: dict[str, float] = {}
        self._since = time.monotonic()

    def done(self, phase: str) -> None:
        now = time.monotonic()
        self.phases[phase] = round(now - self._since, 3)
        self._since = now


def drill(
    settings: Settings,
    store: Store,
    manifest: Manifest,
    *,
    environ: Mapping[str, str],
    screen: Screen,
    clock: Callable[[], datetime],
) -> Proof:
    """The proof, which lies beside the backup then. Nothing of the drill is left. Raises `Trouble` and its kinds."""
    refuse_newer(manifest)
    opener = incoming.opener(manifest.archive, settings.identities)
    at = clock()
    watch = Watch()
    with database_for_drill(environ) as (url, folder):
        watch.done("scratch")
        with screen.bar("Restoring", manifest.archive.size) as advance:
            restore(store, manifest, [opener], url, advance)
        watch.done("restore")
        with screen.bar("Comparing", None):
            postgres = _compared(url, manifest)
        watch.done("compare")
        with screen.bar("Starting the CRM on it", None):
            live = boot.booted(url, folder, manifest.contents.schema.revision)
    watch.phases |= {name: round(getattr(live, name), 3) for name in ("migrated", "healthy", "opened")}
    proof = Proof(
        backup=manifest.name,
        sha256=manifest.archive.sha256,
        at=at,
        recovery=round(sum(watch.phases[name] for name in ("restore", "migrated", "healthy", "opened")), 3),
        data_age=data_age(manifest.taken_at, at),
        phases=watch.phases,
        tables=len(manifest.contents.tables),
        rows=manifest.contents.rows,
        newest=manifest.contents.newest,
        lead=live.lead,
        recipient=opener.recipient,
        postgres=postgres,
        tools=tools.used(programs.found(manifest.postgres // 10_000)),
    )
    path = f"{manifest.name}/{PROOFS}/{at:%Y%m%dT%H%M%S.%fZ}.json"
    store.create(path, signed.seal(proof, settings.signer))
    return proof


def data_age(taken_at: datetime, at: datetime) -> float:
    """Seconds of work that would have been lost; none where a clock has jumped back."""
    return max(0.0, (at - taken_at).total_seconds())


def _compared(url: str, manifest: Manifest) -> int:
    """The version of the server it was restored on."""
    with database.connected(url) as connection:
        found = contents.read(connection)
        version = connection.info.server_version
        faults = compare.differences(manifest.contents, found, told_by=manifest.postgres, found_by=version)
        faults += compare.exhausted_sequences(connection)
    if faults:
        raise Damaged("\n".join([f"{manifest.name} is not what its manifest says:", *faults]))
    return version
