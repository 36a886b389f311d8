"""Shares work between two processes."""

from __future__ import annotations

import marshal
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")

ENOUGH = 40
"""From so many items on, a second process pays for its start."""


class SecondFailed(RuntimeError):
    """The second process failed; the message is its own."""


def in_two(items: Sequence[Item], work: Callable[[Sequence[Item]], list[Any]]) -> list[Any]:
    """Returns `work(items)`, half of it done by a forked process where that pays.

    The results must be what `marshal` can carry: texts, numbers, bytes, tuples, lists and dicts. An exception of the
    second process is raised here as `SecondFailed`. With other threads, no fork or one processor, all is done here.
    """
    if len(items) < ENOUGH or not hasattr(os, "fork") or (os.cpu_count() or 1) < 2 or has_threads():
        return work(items)
    half = len(items) // 2
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _answer(writing, work, items[half:])
    os.close(writing)
    try:
        own = work(items[:half])
    finally:
        with os.fdopen(reading, "rb") as pipe:
            answer = pipe.read()
        os.waitpid(child, 0)
    if not answer:
        raise SecondFailed("The second process ended without an answer. Is the machine out of memory?")
    good, value = marshal.loads(answer)  # noqa: S302 - our own child wrote it
    if not good:
        raise SecondFailed(value)
    return own + list(value)


def has_threads() -> bool:
    """Returns whether this process has other threads. A fork would copy a lock that one of them holds, for good."""
    try:
        return len(os.listdir("/proc/self/task")) > 1
    except OSError:  # no Linux: the threads that Python knows
        return threading.active_count() > 1


def _answer(writing: int, work: Callable[[Sequence[Item]], list[Any]], items: Sequence[Item]) -> None:
    """Send the result of the work and end the process, whatever happens, without running the parent's clean-up."""
    try:
        try:
            answer: tuple[bool, Any] = (True, work(items))
        except Exception as fault:
            answer = (False, f"{type(fault).__name__}: {fault}")
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(marshal.dumps(answer))
    finally:
        os._exit(0)
