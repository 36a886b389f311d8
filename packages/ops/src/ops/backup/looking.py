"""Runs the commands that only look: list, verify, one record. Each gives its exit status."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from ops.backup import catalog, incoming, report
from ops.backup import record as recording
from ops.backup.screen import Screen
from ops.backup.session import at_hand, ended, now


def show(*, as_json: bool) -> int:
    screen = Screen(as_json=as_json)

    def work() -> int:
        found, store = at_hand("trust")
        backups = catalog.read(store, found.trusted)
        if not backups:
            screen.note(f"{store.address} holds no backup. Make one with `ops backup create`.")
        screen.result(report.listed(backups, now()) if backups else "", report.documents(backups))
        return 0

    return ended(screen, work)


def verify(name: str | None, identity: Path | None, *, as_json: bool) -> int:
    screen = Screen(as_json=as_json)

    def work() -> int:
        found, store = at_hand("trust", identity=identity)
        backup, manifest = catalog.chosen(catalog.read(store, found.trusted), name)
        opener = incoming.opener(manifest.archive, found.identities) if found.identities else None
        with screen.bar("Verifying", manifest.archive.size) as advance:
            if opener:
                incoming.poured(store, manifest.archive, [opener], incoming.Nowhere(), advance)
            else:
                incoming.checked(store, manifest.archive, advance)
        opened = f"it opens with {opener.recipient[:12]}…" if opener else "not opened, for want of a key"
        told = Text.assemble(("Verified", "bold green"), f": {backup.name}, signature and checksum right, {opened}.")
        document = {"name": backup.name, "signature": True, "checksum": True, "opened": bool(opener)}
        screen.result(told, document)
        return 0

    return ended(screen, work)


def record(name: str | None, wanted: str, identity: Path | None) -> int:
    screen = Screen(as_json=True)

    def work() -> int:
        found, store = at_hand("trust", "identity", identity=identity)
        _, manifest = catalog.chosen(catalog.read(store, found.trusted), name)
        with screen.bar("Looking", manifest.archive.size) as advance:
            row = recording.find(store, manifest, found.identities, wanted, advance)
        screen.result("", row)
        return 0

    return ended(screen, work)
