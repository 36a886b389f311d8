"""How much memory there is and how much is taken, as the kernel counts it for this container (cgroup v2 or v1)."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

CGROUP = Path("/sys/fs/cgroup")
NO_LIMIT = 1 << 60
"""Version 1 says "none" with a number near 2^63."""


class Memory(msgspec.Struct, frozen=True):
    """`used_bytes` is what cannot be given back at once: files that are only cached are not counted.

    Without a limit it is what this process alone holds.
    """

    used_bytes: int
    limit_bytes: int | None


class _Layout(msgspec.Struct, frozen=True):
    used: str
    limit: str
    stat: str
    cached: str


_LAYOUTS = (
    _Layout("memory.current", "memory.max", "memory.stat", "inactive_file"),
    _Layout(
        "memory/memory.usage_in_bytes", "memory/memory.limit_in_bytes", "memory/memory.stat", "total_inactive_file"
    ),
)


def read(folder: Path = CGROUP) -> Memory:
    """Memory of the container whose cgroup is mounted at `folder`."""
    for layout in _LAYOUTS:
        used, limit = _number(folder / layout.used), _number(folder / layout.limit)
        if used is not None and limit is not None and limit < NO_LIMIT:
            return Memory(max(used - _cached(folder / layout.stat, layout.cached), 0), limit)
    return Memory(resident(), None)


def resident() -> int:
    """Bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _number(path: Path) -> int | None:
    try:
        raw = path.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(raw) if raw.isdecimal() else None


def _cached(path: Path, name: str) -> int:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.split()[:1] == [name]), 0)
