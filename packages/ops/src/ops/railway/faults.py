"""Errors of the APIs that Railway and GitHub offer."""

from __future__ import annotations

from ops.cli import OpsError as Trouble
from ops.cli import UnreachableError as Unanswered
from ops.railway.limits import Limits

__all__ = ["Busy", "Refused", "Trouble", "Unanswered"]


class Refused(Unanswered):
    """The API refuses the token. Another try does not help."""


class Busy(Unanswered):
    """The API wants fewer requests; `limits` holds what it says of that."""

    def __init__(self, message: str, limits: Limits) -> None:
        super().__init__(message)
        self.limits = limits
