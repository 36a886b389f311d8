"""What a check is: a name, a promise, and a question asked of the running house.

To add checks, write a class that is given the `Client`, with an `async def` for each question that

- returns one line of evidence when the promise is kept,
- raises `Broken(what was seen, what to do)` when it is not: the second half becomes the red line's advice,
- raises `Skipped(why)` only where the question makes no sense for this target, such as DNS for a laptop,

and a function that gives them as a `Lane`. Then name it in `plan.py`. The checks of a lane build on one another and are
asked in order; lanes are walked side by side. `Lane.needs` names the doors (see `plan.py`) that must be open first.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import NamedTuple, Protocol

import msgspec


class Group(enum.StrEnum):
    """What `--only` chooses from, in the order in which a visitor depends on it."""

    DNS = "dns"
    TLS = "tls"
    REDIRECTS = "redirects"
    SITE = "site"
    HEADERS = "headers"
    SERVICE = "service"
    SPEED = "speed"
    ENQUIRY = "enquiry"
    LIMITS = "limits"
    LEAKS = "leaks"
    OPERATIONS = "operations"


class Door(enum.StrEnum):
    """What must answer before a lane is worth walking."""

    SITE = "public site"
    SERVICE = "service"
    NAMES = "names"


class Broken(Exception):
    """The house does not keep a promise. `hint` says where to look or what to do."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint


class Skipped(Exception):
    """The question cannot be asked of this target; the message says why."""


class Check(NamedTuple):
    """`run` gives one line of evidence or raises. One with `always` runs although an earlier one broke."""

    name: str
    promise: str
    run: Callable[[], Awaitable[str]]
    always: bool = False


class State(enum.StrEnum):
    KEPT = "kept"
    BROKEN = "broken"
    SKIPPED = "skipped"
    NOT_REACHED = "not reached"


class Result(msgspec.Struct, frozen=True):
    group: Group
    name: str
    promise: str
    state: State
    detail: str
    hint: str
    seconds: float


class Lane(NamedTuple):
    """Checks that build on one another, in order. Lanes run side by side, once all that they need is open.

    A `quiet` one measures time: it waits until all others are done, and nothing else is asked meanwhile.
    """

    group: Group
    checks: Sequence[Check]
    needs: Collection[Door] = ()
    quiet: bool = False


class Watcher(Protocol):
    """Is told what is being asked, and what came of it."""

    def began(self, check: Check) -> None: ...

    def ended(self, result: Result) -> None: ...


def alone(group: Group, checks: Sequence[Check], needs: Collection[Door] = ()) -> list[Lane]:
    """A lane for each of these checks, since none builds on another."""
    return [Lane(group, (check,), needs) for check in checks]


async def walk(lane: Lane, watcher: Watcher | None = None) -> list[Result]:
    """Walks a lane to its end; what follows a broken check is not reached."""
    results: list[Result] = []
    for check in lane.checks:
        goes_on = check.always or kept(results)
        results.append(await ask(lane.group, check, watcher) if goes_on else not_reached(lane.group, check, watcher))
    return results


def kept(results: Sequence[Result]) -> bool:
    """Is nothing broken? What was skipped is no fault."""
    return all(result.state in (State.KEPT, State.SKIPPED) for result in results)


def not_reached(group: Group, check: Check, watcher: Watcher | None = None) -> Result:
    result = Result(group, check.name, check.promise, State.NOT_REACHED, "", "", 0.0)
    if watcher:
        watcher.ended(result)
    return result


async def ask(group: Group, check: Check, watcher: Watcher | None = None) -> Result:
    """Runs one check and takes its time. An answer so odd that the check itself stumbles breaks its promise too."""
    if watcher:
        watcher.began(check)
    began = time.monotonic()
    try:
        state, detail, hint = State.KEPT, await check.run(), ""
    except Broken as fault:
        state, detail, hint = State.BROKEN, str(fault), fault.hint
    except Skipped as why:
        state, detail, hint = State.SKIPPED, str(why), ""
    except (TimeoutError, KeyError, IndexError, TypeError, ValueError, OSError) as fault:
        state, detail = State.BROKEN, f"What came back cannot be judged: {type(fault).__name__}: {fault}"
        hint = "Look at the address by hand; where it is well, the check itself is at fault."
    result = Result(group, check.name, check.promise, state, detail, hint, round(time.monotonic() - began, 3))
    if watcher:
        watcher.ended(result)
    return result
