"""What a check is, and how checks run: side by side, each after the checks that it needs.

A check is an async function of the `VerifyContext` under the decorator `check`. It

- returns one line of evidence when the promise holds,
- raises `CheckFailedError` when it does not, mostly by `require(condition, what was seen, what to do)`,
- raises `CheckSkippedError(why)` only where the question makes no sense for this target.

`command.py` names the modules that hold checks.
"""

from __future__ import annotations

import asyncio
import enum
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from ops.cli import OpsError

if TYPE_CHECKING:
    from ops.verify.context import VerifyContext


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


class State(enum.StrEnum):
    """A blocked check did not run because a check that it needs failed."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    BLOCKED = "blocked"


NOT_RUN = (State.SKIPPED, State.BLOCKED)


class CheckFailedError(OpsError):
    """A promise does not hold. `hint` says where to look or what to do."""

    def __init__(self, detail: str, hint: str = "") -> None:
        super().__init__(detail)
        self.hint = hint


class CheckSkippedError(OpsError):
    """The question makes no sense for this target. The message says why."""


def require(condition: object, detail: str, hint: str = "") -> None:
    """Raises `CheckFailedError` unless the condition holds."""
    if not condition:
        raise CheckFailedError(detail, hint)


def skip_unless(condition: object, reason: str) -> None:
    """Raises `CheckSkippedError` unless the condition holds."""
    if not condition:
        raise CheckSkippedError(reason)


Run = Callable[["VerifyContext"], Awaitable[str]]
Watch = Callable[[Collection["Check"], Sequence["Result"]], None]  # receives what runs now, and the results so far


@dataclass(frozen=True, eq=False)
class Check:
    """Runs once all `needs` have passed and all `after` have ended. An exclusive one runs while no other runs.

    `skip_local` is the reason why it does not run for a local target.
    """

    group: Group
    name: str
    promise: str
    run: Run
    needs: Collection[Check] = ()
    after: Collection[Check] = ()
    exclusive: bool = False
    skip_local: str = ""


class Result(msgspec.Struct, frozen=True):
    group: Group
    name: str
    promise: str
    state: State
    detail: str = ""
    hint: str = ""
    seconds: float = 0.0


def check(group: Group, name: str, promise: str, **options: Any) -> Callable[[Run], Check]:
    """Makes a check of a function. The options are the other fields of `Check`."""
    return lambda run: Check(group, name, promise, run, **options)


async def run_checks(checks: Sequence[Check], context: VerifyContext, watch: Watch = lambda *_: None) -> list[Result]:
    """Returns the results in the order of the checks. What a check needs must be among them."""
    tasks: dict[Check, asyncio.Task[Result]] = {}
    running: dict[Check, None] = {}
    results: list[Result] = []

    async def run_one(check: Check) -> Result:
        needed = [await tasks[each] for each in check.needs]
        await asyncio.gather(*(tasks[each] for each in check.after if each in tasks))
        running[check] = None
        watch(running, results)
        result = _find_blocker(check, needed) or await run_check(check, context)
        del running[check]
        results.append(result)
        watch(running, results)
        return result

    tasks |= {check: asyncio.ensure_future(run_one(check)) for check in checks if not check.exclusive}
    await asyncio.gather(*tasks.values())
    for check in (each for each in checks if each.exclusive):
        tasks[check] = asyncio.ensure_future(run_one(check))
        await tasks[check]
    return [tasks[check].result() for check in checks]


async def run_check(check: Check, context: VerifyContext) -> Result:
    """Runs one check and takes its time. An answer of an unforeseen shape fails the check that met it."""
    start = time.monotonic()
    try:
        if context.target.local and check.skip_local:
            raise CheckSkippedError(check.skip_local)
        state, detail, hint = State.PASSED, await check.run(context), ""
    except CheckFailedError as error:
        state, detail, hint = State.FAILED, str(error), error.hint
    except CheckSkippedError as error:
        state, detail, hint = State.SKIPPED, str(error), ""
    except (TimeoutError, KeyError, IndexError, TypeError, ValueError, OSError) as error:
        state, detail = State.FAILED, f"The answer cannot be judged: {type(error).__name__}: {error}"
        hint = "Look at the address by hand. If it is right, the check itself is wrong."
    seconds = round(time.monotonic() - start, 3)
    return Result(check.group, check.name, check.promise, state, detail, hint, seconds)


def _find_blocker(check: Check, needed: Sequence[Result]) -> Result | None:
    """Returns the result of a check whose needs have not passed; a skipped need passes its reason on."""
    states = {result.state: result.detail for result in needed}
    if states.keys() & {State.FAILED, State.BLOCKED}:
        return Result(check.group, check.name, check.promise, State.BLOCKED)
    reason = states.get(State.SKIPPED)
    return Result(check.group, check.name, check.promise, State.SKIPPED, reason) if reason else None
