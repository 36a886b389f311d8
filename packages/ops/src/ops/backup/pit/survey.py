"""The whole of an archive at a glance: bases, WAL, what can be reached, what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ops.backup.pit import bases, wal, windows
from ops.backup.pit.bases import Found
from ops.backup.pit.deposit import ROOT
from ops.backup.pit.papers import Base
from ops.backup.pit.wal import Wal
from ops.backup.pit.windows import Hole, Reach, Window
from ops.backup.store import Store


class Survey(NamedTuple):
    found: tuple[Found, ...]
    wal: dict[str, Wal]
    reaches: tuple[Reach, ...]
    windows: tuple[Window, ...]
    holes: tuple[Hole, ...]

    @property
    def empty(self) -> bool:
        return not self.found and not self.wal


def made(store: Store, trusted: Sequence[Ed25519PublicKey], advance: Callable[[int], None] | None = None) -> Survey:
    """From names and a few papers; with `advance`, every file of WAL is read as well. Raises `Unreachable`."""
    objects = store.objects(ROOT)
    found = bases.read(store, trusted, objects)
    logs = wal.read(store, trusted, objects)
    if advance:
        for each in logs.values():
            each.read_all(advance)
    whole = bases.whole(found)
    for system in {base.system for base in whole} - set(logs):
        logs[system] = Wal(store, system, {}, trusted)
    reaches = [reach for each in logs.values() for reach in windows.reaches(whole, each)]
    holes = [hole for each in logs.values() for hole in windows.holes(_of(whole, each), each)]
    return Survey(tuple(found), logs, tuple(reaches), tuple(windows.windows(reaches)), tuple(holes))


def _of(whole: Sequence[Base], each: Wal) -> list[Base]:
    return [base for base in whole if base.system == each.system]
