"""When an API may be asked next: often while things move, ever more slowly otherwise, and never more than it allows."""

from __future__ import annotations

from ops.deploy.clock import Clock
from ops.railway.limits import Limits

FIRST_S, SLOWEST_S, GROWTH = 5.0, 20.0, 1.5
# GitHub asks for a minute where it says nothing.
SILENCE_S = 60.0
# Of what an API leaves us, so much stays for what a failure makes us ask, and for people.
RESERVE = 5


class Pace:
    """`an_hour` is how many questions this watch allows itself in one; `deadline` when it ends."""

    def __init__(self, clock: Clock, an_hour: int, deadline: float) -> None:
        self._clock, self._deadline = clock, deadline
        self._left = an_hour * max(1, round((deadline - clock.now()) / 3600))
        self._step = FIRST_S
        self.due = clock.now()

    @property
    def over(self) -> bool:
        """Whether it will not be asked again before the end."""
        return self.due >= self._deadline

    def answered(self, limits: Limits, *, changed: bool) -> None:
        """It answered; `changed` says whether something else than before."""
        now = self._clock.now()
        self._left -= 1
        self._step = FIRST_S if changed else min(self._step * GROWTH, SLOWEST_S)
        self.due = now + max(self._step, self._spread(limits, now))

    def silent(self) -> None:
        """It did not answer."""
        self._left -= 1
        self._step = min(self._step * 2, SILENCE_S)
        self.due = self._clock.now() + self._step

    def busy(self, limits: Limits) -> None:
        """It wants fewer questions."""
        self._left -= 1
        asked_for = limits.silence_s(self._clock.now())
        self._step = SLOWEST_S
        self.due = self._clock.now() + max(1.0, SILENCE_S if asked_for is None else asked_for)

    def _spread(self, limits: Limits, now: float) -> float:
        """The pause that makes questions last: ours until the end, theirs until there are new ones."""
        ends = self._deadline - now
        pause = self._pause(self._left, ends)
        if limits.remaining is not None:
            window = limits.window_s(now)
            lasts = ends if window is None else min(ends, window)
            pause = max(pause, self._pause(limits.remaining - RESERVE, lasts))
        return pause

    @staticmethod
    def _pause(left: int, lasts: float) -> float:
        if left <= 0:
            return max(lasts, 0.0)
        pause = lasts / left
        return pause if pause > SLOWEST_S else 0.0
