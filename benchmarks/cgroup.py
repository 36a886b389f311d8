"""A group of processes that the kernel counts memory for and, if asked, grants no more (cgroup version 2 or 1)."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
STEP_S = 0.1


class Group:
    """`peak` is the most that could not be given back: files that are only cached do not count."""

    def __init__(self, folder: Path, names: tuple[str, ...], home: Path) -> None:
        self._folder, self._names, self._home = folder, names, home
        self.peak = 0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """What is started within the block belongs to the group, and so does all that it starts."""
        (self._folder / "cgroup.procs").write_text(str(os.getpid()))
        try:
            yield
        finally:
            (self._home / "cgroup.procs").write_text(str(os.getpid()))

    def count_killed(self) -> int:
        """How many processes the kernel ended for want of memory."""
        for name in ("memory.events", "memory.oom_control"):
            with suppress(OSError):
                lines = (self._folder / name).read_text().splitlines()
                return sum(int(line.split()[1]) for line in lines if line.split()[0] == "oom_kill")
        return 0

    def now(self) -> int:
        """Bytes held."""
        stat = dict(line.split() for line in (self._folder / "memory.stat").read_text().splitlines())
        return sum(int(stat.get(name, 0)) for name in self._names)

    def close(self) -> None:
        self._over.set()
        self._watch.join()
        with suppress(OSError):
            self._folder.rmdir()

    def _look(self) -> None:
        while not self._over.wait(STEP_S):
            with suppress(OSError):
                self.peak = max(self.peak, self.now())


@contextmanager
def limit_memory(name: str, limit_mb: int) -> Iterator[Group | None]:
    """A group that gets `limit_mb` and no more; None where this kernel lets us make none."""
    group = _create(f"bench-{name}-{os.getpid()}", limit_mb * 2**20)
    try:
        yield group
    finally:
        if group is not None:
            group.close()


def _create(name: str, limit: int) -> Group | None:
    own = dict(line.split(":", 2)[1:] for line in Path("/proc/self/cgroup").read_text().splitlines())
    version_1 = ROOT / "memory"
    layouts = (
        (version_1, own.get("memory", "/"), "memory.limit_in_bytes", ("total_rss", "total_shmem")),
        (ROOT, own.get("", "/"), "memory.max", ("anon", "shmem")),
    )
    for root, home, setting, names in layouts:
        folder = root / name
        with suppress(OSError):
            folder.mkdir()
            try:
                (folder / setting).write_text(str(limit))
                (folder / "cgroup.procs").read_text()
                return Group(folder, names, root / home.lstrip("/"))
            except OSError:
                folder.rmdir()
    return None
