"""Something that is asked again and again, at its pace, and whose last answer is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from ops.deploy.pace import Pace
from ops.railway.faults import Busy, Refused, Unanswered
from ops.railway.limits import Limits

T = TypeVar("T")


class Source(Generic[T]):
    """`ask` raises `Unanswered` when nothing comes; `say` hears of that, once for each reason."""

    def __init__(
        self, ask: Callable[[], T], limits: Callable[[], Limits], pace: Pace, say: Callable[[str], None]
    ) -> None:
        self._ask, self._limits, self._say = ask, limits, say
        self.pace = pace
        self.last: T | None = None
        self._silent = False

    @property
    def given_up(self) -> bool:
        """Whether it fell silent, and will not be asked again before the end."""
        return self._silent and self.pace.over

    def look(self, now: float, *, anyway: bool = False) -> T | None:
        """The newest answer there is; `anyway` asks before it is due. Raises `Refused` when asking is of no use."""
        if now < self.pace.due and not anyway:
            return self.last
        try:
            told = self._ask()
        except Refused:
            raise
        except Busy as fault:
            self._say(str(fault))
            self._silent = True
            self.pace.busy(fault.limits)
        except Unanswered as fault:
            self._say(str(fault))
            self._silent = True
            self.pace.silent()
        else:
            self.pace.answered(self._limits(), changed=told != self.last)
            self._silent, self.last = False, told
        return self.last
