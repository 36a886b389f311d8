"""From tries to a verdict: a failure is checked again at once, and a second one weighed against our own network."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from ops.uptime.account import Outcome, Record
from ops.uptime.probe import Attempt

OWN_NETWORK = "The prober itself has no network."

Try = Callable[[], Awaitable[Attempt]]


class Verdict(msgspec.Struct, frozen=True):
    """`at` is when the first try began, so an outage begins where it was first met."""

    at: int
    outcome: Outcome
    attempt: Attempt
    retried: bool
    reason: str = ""

    def record(self, hold_ms: int) -> Record:
        return Record(self.at, self.outcome, hold_ms, self.attempt.latency_ms, self.retried)


async def reach(at: int, attempt: Try, online: Callable[[], Awaitable[bool]]) -> Verdict:
    """Try, try again if need be, and ask whether the fault is ours before calling a target down."""
    first = await attempt()
    if not first.fault:
        return Verdict(at, Outcome.UP, first, retried=False)
    second = await attempt()
    if not second.fault:
        return Verdict(at, Outcome.UP, second, retried=True)
    if await online():
        return Verdict(at, Outcome.DOWN, second, retried=True, reason=second.fault)
    return Verdict(at, Outcome.UNKNOWN, second, retried=True, reason=OWN_NETWORK)
