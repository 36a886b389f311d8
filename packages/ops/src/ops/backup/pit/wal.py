"""The files of WAL that lie in a store, by name: nothing of them is read until somebody asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ops.backup import catalog
from ops.backup.faults import Damaged, Missing
from ops.backup.pit import deposit, segments
from ops.backup.pit.papers import Segment
from ops.backup.pit.segments import Fork, position
from ops.backup.store import Object, Store


class Wal:
    """That of one system. `objects` are by the name of the file; `broken` says of some why they cannot be used."""

    def __init__(
        self, store: Store, system: str, objects: dict[str, Object], trusted: Sequence[Ed25519PublicKey]
    ) -> None:
        self.system = system
        self.objects = objects
        self.broken: dict[str, str] = {}
        self._store = store
        self._trusted = trusted
        self._papers: dict[str, Segment | None] = {}
        self._forks: dict[int, tuple[Fork, ...] | None] = {1: ()}

    def has(self, name: str) -> bool:
        return name in self.objects and name not in self.broken

    @property
    def histories(self) -> list[str]:
        return sorted(name for name in self.objects if segments.HISTORY.fullmatch(name))

    @property
    def timelines(self) -> list[int]:
        return sorted({segments.timeline(name) for name in self.objects})

    def names(self, timeline: int) -> list[str]:
        """Its whole segments, in order."""
        mark = f"{timeline:08X}"
        return sorted(name for name in self.objects if name.startswith(mark) and segments.SEGMENT.fullmatch(name))

    def forks(self, timeline: int) -> tuple[Fork, ...] | None:
        """The timelines that led to it; None where its history is missing or cannot be trusted."""
        if timeline not in self._forks:
            name = f"{timeline:08X}.history"
            paper = self._asked(name, deposit.checked, self.objects[name].path) if self.has(name) else None
            self._forks[timeline] = (
                tuple(Fork(of, position(at)) for of, at in paper.forks) if paper and paper.forks else None
            )
        return self._forks[timeline]

    def last(self, name: str) -> datetime | None:
        """When the last transaction in it ended. A file whose paper is bad is broken from then on, and gives None."""
        if name not in self._papers and name not in self.broken:
            each = self.objects[name]
            self._papers[name] = self._asked(name, deposit.paper, each.path, each.size)
        paper = self._papers.get(name)
        return paper.last if paper else None

    def read_all(self, advance: Callable[[int], None]) -> None:
        """Reads every file to its end, so that all the broken ones are known. Raises `Unreachable`."""

        def read(name: str) -> None:
            self._papers[name] = self._asked(name, deposit.checked, self.objects[name].path)
            advance(self.objects[name].size)

        with ThreadPoolExecutor(catalog.AT_ONCE // 2) as pool:
            list(pool.map(read, sorted(self.objects)))

    def _asked(self, name: str, ask: Callable[..., Segment], *given: object) -> Segment | None:
        try:
            return ask(self._store, *given, self._trusted)
        except (Damaged, Missing) as fault:
            self.broken[name] = str(fault)
            return None


def read(store: Store, trusted: Sequence[Ed25519PublicKey], objects: Iterable[Object]) -> dict[str, Wal]:
    """By system. `objects` are those under `deposit.ROOT`."""
    found: dict[str, dict[str, Object]] = defaultdict(dict)
    for each in objects:
        parts = each.path.split("/")
        if len(parts) == 5 and parts[2] == "wal" and segments.KNOWN.fullmatch(parts[4]):
            found[parts[1]][parts[4]] = each
    return {system: Wal(store, system, named, trusted) for system, named in found.items()}
