"""The error budget, and how fast it burns.

The rules are those of the SRE workbook (chapter 5) for a budget of 30 days: a message when, over a long window and its
twelfth, more of the budget went than it can bear. Burning is counted in budget spent, that is in milliseconds known to
be down over the whole length of the window: time about which nothing is known neither spends nor thins.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from ops.uptime.spans import HOUR_MS, MINUTE_MS

LEAST_BAD = 3
"""Fewer failed probes than this prove nothing, however long each of them counts."""


class Severity(enum.IntEnum):
    NONE = 0
    TICKET = 1
    PAGE = 2


class Rule(NamedTuple):
    severity: Severity
    burn: Fraction
    long_ms: int
    short_ms: int


RULES = (
    Rule(Severity.PAGE, Fraction("14.4"), HOUR_MS, 5 * MINUTE_MS),
    Rule(Severity.PAGE, Fraction(6), 6 * HOUR_MS, 30 * MINUTE_MS),
    Rule(Severity.TICKET, Fraction(1), 72 * HOUR_MS, 6 * HOUR_MS),
)
LONGEST_MS = max(rule.long_ms for rule in RULES)


class Bad(NamedTuple):
    """What went wrong in a window: milliseconds down, and failed probes."""

    down_ms: int
    probes: int


def allowed(objective: float) -> Fraction:
    """The share of time that may be down under an objective in percent: 99.9 allows 1/1000."""
    return 1 - Fraction(str(objective)) / 100


def whole(share: Fraction, window_ms: int) -> int:
    """The budget of a window in milliseconds, rounded down."""
    return int(share * window_ms)


def burn(down_ms: int, window_ms: int, share: Fraction) -> Fraction:
    """How many times too fast: at 1 the budget lasts exactly as long as its window."""
    return Fraction(down_ms, window_ms) / share


def severity(bad_in: Callable[[int], Bad], share: Fraction) -> Severity:
    """The gravest rule that holds. `bad_in` tells of the last so many milliseconds."""
    return max((rule.severity for rule in RULES if _holds(rule, bad_in, share)), default=Severity.NONE)


def fastest(bad_in: Callable[[int], Bad], share: Fraction, rules: Sequence[Rule] = RULES) -> Fraction:
    """The greatest burn over any of the long windows."""
    return max(burn(bad_in(rule.long_ms).down_ms, rule.long_ms, share) for rule in rules)


def _holds(rule: Rule, bad_in: Callable[[int], Bad], share: Fraction) -> bool:
    long, short = bad_in(rule.long_ms), bad_in(rule.short_ms)
    return (
        long.probes >= LEAST_BAD
        and burn(long.down_ms, rule.long_ms, share) > rule.burn
        and burn(short.down_ms, rule.short_ms, share) > rule.burn
    )
