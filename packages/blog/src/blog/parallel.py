"""Splits work between this process and a forked one."""

from __future__ import annotations

import marshal
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")

MIN_ITEMS = 40
"""Below this number of items, a fork costs more time than it saves."""


class WorkerError(RuntimeError):
    """The forked process failed; the message is its own."""


def run_in_two_processes(items: Sequence[Item], work: Callable[[Sequence[Item]], list[Any]]) -> list[Any]:
    """Returns `work(items)`. A forked process does half of it if there are at least `MIN_ITEMS` items.

    Results must be types that `marshal` supports: texts, numbers, bytes, tuples, lists and dicts. Raises `WorkerError`
    for an exception in the forked process. One process does all the work if there are other threads or one CPU.
    """
    if len(items) < MIN_ITEMS or not hasattr(os, "fork") or (os.cpu_count() or 1) < 2 or has_threads():
        return work(items)
    half = len(items) // 2
    read_end, write_end = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _send_result(write_end, work, items[half:])
    os.close(write_end)
    try:
        first_half = work(items[:half])
    finally:
        with os.fdopen(read_end, "rb") as pipe:
            message = pipe.read()
        os.waitpid(child, 0)
    if not message:
        raise WorkerError("The second process ended without a result. Is the machine out of memory?")
    succeeded, value = marshal.loads(message)  # noqa: S302 - our own child wrote it
    if not succeeded:
        raise WorkerError(value)
    return first_half + list(value)


def has_threads() -> bool:
    """Returns whether this process has other threads. A fork could then copy a lock that stays locked forever."""
    try:
        return len(os.listdir("/proc/self/task")) > 1
    except OSError:  # Not Linux: count the threads that Python knows.
        return threading.active_count() > 1


def _send_result(write_end: int, work: Callable[[Sequence[Item]], list[Any]], items: Sequence[Item]) -> None:
    """Sends the result to the parent and exits without running the parent's cleanup."""
    try:
        try:
            message: tuple[bool, Any] = (True, work(items))
        except Exception as error:
            message = (False, f"{type(error).__name__}: {error}")
        with os.fdopen(write_end, "wb") as pipe:
            pipe.write(marshal.dumps(message))
    finally:
        os._exit(0)
