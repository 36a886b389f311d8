"""Memory in use and its limit, as Linux counts them for this container (cgroup v2 or v1)."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

CGROUP = Path("/sys/fs/cgroup")
NO_LIMIT = 1 << 60
"""cgroup v1 writes a number near 2^63 if there is no limit."""
_FILES = (
    ("memory.current", "memory.max", "memory.stat", "inactive_file"),
    ("memory/memory.usage_in_bytes", "memory/memory.limit_in_bytes", "memory/memory.stat", "total_inactive_file"),
)


class Memory(msgspec.Struct, frozen=True):
    """`used_bytes` excludes cached files, which Linux can drop. Without a limit it is the memory of this process."""

    used_bytes: int
    limit_bytes: int | None


def read(folder: Path = CGROUP) -> Memory:
    """The memory of the container whose cgroup is mounted at `folder`."""
    for used, limit, stat, cached in _FILES:
        with suppress(OSError, ValueError):  # no such file, or the limit is `max`
            used_bytes, limit_bytes = int((folder / used).read_text()), int((folder / limit).read_text())
            lines = (folder / stat).read_text().splitlines() if (folder / stat).exists() else []
            cached_bytes = next((int(line.split()[1]) for line in lines if line.startswith(f"{cached} ")), 0)
            if limit_bytes < NO_LIMIT:
                return Memory(max(used_bytes - cached_bytes, 0), limit_bytes)
    return Memory(resident(), None)


def resident() -> int:
    """The bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
