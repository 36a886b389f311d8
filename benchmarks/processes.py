"""What processes hold and use, as the kernel tells it in /proc."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

import psycopg

TICK = os.sysconf("SC_CLK_TCK")


def read_pss(pid: int) -> float:
    """Memory in MB of one process: its own, and its share of what it has in common with others (PSS)."""
    return _read_rollup(pid, "Pss")


def read_private(pid: int) -> float:
    """Memory in MB that would be free again if this process ended."""
    return _read_rollup(pid, "Private_Clean") + _read_rollup(pid, "Private_Dirty")


def read_rss(pid: int) -> float:
    """Memory in MB that this process has before it, however many others have it too (RSS)."""
    return _read_rollup(pid, "Rss")


def read_seconds(pid: int) -> float:
    """Processor time of one process since it began, all its threads that still live."""
    return _read_schedstat(pid)[0]


def read_wait_time(pid: int) -> float:
    """Seconds in which its threads could have run, and others had the processors."""
    return _read_schedstat(pid)[1]


class Server(NamedTuple):
    """A PostgreSQL, by its first process."""

    first: int

    def family(self) -> list[int]:
        """Every process of it."""
        return [self.first, *list_children(self.first)]

    def backends(self) -> list[int]:
        """Those that serve connections."""
        return [pid for pid in list_children(self.first) if re.search(r"postgres: \w+ \S+ \[local\]", _read_title(pid))]

    def seconds(self) -> float:
        """Processor time of all of it, connections that have ended included."""
        fields = Path(f"/proc/{self.first}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) / TICK + sum(read_seconds(pid) for pid in self.family())

    def memory(self) -> float:
        return sum(read_pss(pid) for pid in self.family())


def find_server(url: str) -> Server:
    """The PostgreSQL at this address, which runs on this machine."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert found is not None
        return Server(_read_parent(int(found[0])))


def list_children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def _read_schedstat(pid: int) -> tuple[float, float]:
    tasks = [(task / "schedstat").read_text().split() for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(int(task[0]) for task in tasks) / 1e9, sum(int(task[1]) for task in tasks) / 1e9


def _read_parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _read_title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except FileNotFoundError:
        return ""  # It has ended meanwhile, as a worker of autovacuum does.


def _read_rollup(pid: int, name: str) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    assert found, name
    return int(found[1]) / 1024
