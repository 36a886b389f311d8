"""When somebody is told: once that the budget burns, once more if it grows grave, once that it is over.

All of an outage is one episode. It ends when the target has been up for a while, and that while doubles with every
episode that follows soon after another, so that a target which comes and goes every few minutes cannot flood anybody.
A slow burn, which calls nobody out of bed, is told while the target is up, and ends with six hours without a failure.
"""

from __future__ import annotations

import enum

import msgspec

from ops.uptime.budget import LEAST_BAD, Severity
from ops.uptime.spans import HOUR_MS, MINUTE_MS

QUIET_MS = 5 * MINUTE_MS
MOST_QUIET_MS = 80 * MINUTE_MS
SOON_MS = 6 * HOUR_MS
TICKET_QUIET_MS = 6 * HOUR_MS


class Tell(enum.StrEnum):
    BURNING = "burning"
    GRAVER = "graver"
    OVER = "over"


class Episode(msgspec.Struct, frozen=True):
    """The present episode of a target, or the last one. Open while `severity` is not NONE.

    `began` is its first failed probe and `last_bad` its newest; it is over when all was well for `quiet_ms`
    (longer for a ticket).
    """

    severity: Severity = Severity.NONE
    began: int = 0
    last_bad: int = 0
    ended: int = 0
    quiet_ms: int = QUIET_MS

    @property
    def open(self) -> bool:
        return self.severity is not Severity.NONE


class Signs(msgspec.Struct, frozen=True):
    """What the probes say at `now`: the gravest rule that holds, whether the target is up, its newest failed probe, and
    the first of those and their number since the last episode."""

    now: int
    severity: Severity
    up: bool
    last_bad: int
    first_bad: int
    bad_since: int


def step(episode: Episode, signs: Signs) -> tuple[Episode, Tell | None]:
    """The episode as it goes on, and what is to be told of it."""
    if not episode.open:
        # The long windows remember an outage that was told already: only new failures begin another. A target that is
        # down will be a page in a moment, or up again: no ticket need run ahead of it.
        early = signs.severity is Severity.TICKET and not signs.up
        if signs.severity is Severity.NONE or early or signs.bad_since < LEAST_BAD:
            return episode, None
        return _begun(episode, signs), Tell.BURNING
    last_bad = max(episode.last_bad, signs.last_bad)
    if signs.severity > episode.severity:
        return msgspec.structs.replace(episode, severity=signs.severity, last_bad=last_bad), Tell.GRAVER
    quiet_ms = TICKET_QUIET_MS if episode.severity is Severity.TICKET else episode.quiet_ms
    if signs.up and signs.now - last_bad >= quiet_ms:
        over = msgspec.structs.replace(episode, severity=Severity.NONE, last_bad=last_bad, ended=signs.now)
        return over, Tell.OVER
    return msgspec.structs.replace(episode, last_bad=last_bad), None


def _begun(last: Episode, signs: Signs) -> Episode:
    soon = last.ended and signs.now - last.ended < SOON_MS
    quiet_ms = min(last.quiet_ms * 2, MOST_QUIET_MS) if soon else QUIET_MS
    return Episode(signs.severity, signs.first_bad, signs.last_bad, last.ended, quiet_ms)
