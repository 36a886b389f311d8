"""Expected trouble between the repository and those who deliver it."""

from __future__ import annotations

from ops.cli import OpsError
from ops.railway.limits import Limits


class Trouble(OpsError):
    """Something that people can read and mend."""


class Unreadable(Trouble):
    """`.railway/railway.py` cannot be evaluated, or what comes out is not what Railway takes."""


class Unanswered(Trouble):
    """An API cannot be reached, or does not answer as agreed. Another time it may."""


class Refused(Unanswered):
    """An API does not let us in. Asking again is of no use."""


class Busy(Unanswered):
    """An API wants fewer questions; `limits` holds what it said of that."""

    def __init__(self, told: str, limits: Limits) -> None:
        super().__init__(told)
        self.limits = limits
