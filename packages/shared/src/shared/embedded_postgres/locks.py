"""File locks. The kernel lets go of them when their holder ends, however it ends, so none is ever left behind."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

STEP_S = 0.01


def open_lock(path: Path) -> int:
    """A file descriptor to lock. Each one counts as a holder of its own, also within a process."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def try_lock(descriptor: int, *, shared: bool) -> bool:
    """Takes the lock and says True, or says False at once where others are in the way."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Does anybody hold this lock for themselves alone?"""
    descriptor = open_lock(path)
    try:
        return not try_lock(descriptor, shared=True)
    finally:
        os.close(descriptor)


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits for a condition, and says whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(STEP_S)
    return True


@contextmanager
def hold_lock(path: Path, seconds: float) -> Iterator[bool]:
    """Holds a lock for a block; gives False where it could not be had in time."""
    descriptor = open_lock(path)
    try:
        yield wait_for(lambda: try_lock(descriptor, shared=False), seconds)
    finally:
        os.close(descriptor)
