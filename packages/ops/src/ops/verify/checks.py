"""What a check is: a name, a promise, and a question asked of the running house."""

from __future__ import annotations

import enum
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import msgspec


class Broken(Exception):
    """The house does not keep a promise. `hint` says where to look or what to do."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint


class Check(NamedTuple):
    """`run` gives one line of evidence or raises `Broken`. One with `always` runs although an earlier one broke."""

    name: str
    promise: str
    run: Callable[[], Awaitable[str]]
    always: bool = False


class State(enum.StrEnum):
    KEPT = "kept"
    BROKEN = "broken"
    NOT_REACHED = "not reached"


class Result(msgspec.Struct, frozen=True):
    name: str
    promise: str
    state: State
    detail: str
    hint: str
    seconds: float


Lane = Sequence[Check]
"""Checks that build on one another, in order. Lanes run side by side."""


async def walk(lane: Lane) -> list[Result]:
    """Walks a lane to its end; what follows a broken check is not reached."""
    results: list[Result] = []
    for check in lane:
        results.append(await ask(check) if check.always or kept(results) else not_reached(check))
    return results


def kept(results: Sequence[Result]) -> bool:
    return all(result.state is State.KEPT for result in results)


def not_reached(check: Check) -> Result:
    return Result(check.name, check.promise, State.NOT_REACHED, "", "", 0.0)


async def ask(check: Check) -> Result:
    """Runs one check and takes its time."""
    began = time.monotonic()
    try:
        state, detail, hint = State.KEPT, await check.run(), ""
    except Broken as fault:
        state, detail, hint = State.BROKEN, str(fault), fault.hint
    return Result(check.name, check.promise, state, detail, hint, round(time.monotonic() - began, 3))
