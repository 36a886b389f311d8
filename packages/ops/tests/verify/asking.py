"""How tests ask checks, and break what they watch."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lookalike.edge import Alter, Answer, Asked

from ops.verify.checks import Check, Group, Result, State, ask

Change = Callable[[Answer], Answer]
"""What becomes of an answer."""


class Red(NamedTuple):
    said: str
    hint: str


async def results(checks: Sequence[Check]) -> dict[str, Result]:
    return {check.name: await ask(Group.SERVICE, check) for check in checks}


async def red(checks: Sequence[Check]) -> dict[str, Red]:
    """Which are broken, and what they say. Each says what to do, and none has merely stumbled."""
    found = {name: each for name, each in (await results(checks)).items() if each.state is State.BROKEN}
    for each in found.values():
        assert "cannot be judged" not in each.detail, each.detail
        assert each.hint, each.detail
    return {name: Red(each.detail, each.hint) for name, each in found.items()}


async def evidence(check: Check) -> str:
    """What a kept promise is known by."""
    told = await ask(Group.SERVICE, check)
    assert told.state is State.KEPT, told
    return told.detail


async def skipped(check: Check) -> str:
    """Why a question was not asked."""
    told = await ask(Group.SERVICE, check)
    assert told.state is State.SKIPPED, told
    return told.detail


def unpacked(answer: Answer) -> bytes:
    packed = ("content-encoding", "gzip") in answer.headers
    return gzip.decompress(answer.body) if packed else answer.body


def where(path: str, change: Change, method: str = "") -> Alter:
    """Changes the answers of one path and leaves the others alone."""

    def alter(asked: Asked, answer: Answer) -> Answer:
        here = asked.path.partition("?")[0] == path and (not method or asked.method == method)
        return change(answer) if here else answer

    return alter
