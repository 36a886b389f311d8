"""Ends every process of a test run once the run is over, however it ended. Run by path, as a program of its own.

    python process_watchdog.py MARK

`MARK` stands in the environment of every process of the run. The run holds the other end of stdin, so stdin ends with
the run, even after kill -9.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

GRACE_S = 3.0
STEP_S = 0.05


def list_processes(mark: str) -> list[int]:
    """Returns the processes with `mark` in their environment, this one and zombies apart."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended, or belongs to another user
            is_zombie = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            if mark.encode() in (folder / "environ").read_bytes() and not is_zombie:
                found.append(int(folder.name))
    return [pid for pid in found if pid != os.getpid()]


def end_processes(mark: str) -> None:
    """Sends SIGTERM, and after `GRACE_S` seconds SIGKILL, until none is left."""
    deadline = time.monotonic() + GRACE_S
    while left := list_processes(mark):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL)
        time.sleep(STEP_S)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end_processes(sys.argv[1])
