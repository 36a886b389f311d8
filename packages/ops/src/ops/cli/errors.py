"""Errors that a person can act on. The first line says what is wrong and what to do; the others are evidence."""

from __future__ import annotations

from ops.cli.rate_limits import RateLimits


class OpsError(Exception):
    """An expected error. `exit_status` is what the command ends with; None leaves it to the command."""

    exit_status: int | None = None


class UsageError(OpsError):
    """An option, a variable or a file of settings is missing or wrong."""

    exit_status: int | None = 2


class UnreachableError(OpsError):
    """A server does not answer, or does not answer as documented. Another try may succeed."""


class NoNetworkError(UnreachableError):
    """This machine has no network, so nothing outside can be judged."""

    def __init__(self) -> None:
        super().__init__("This machine has no network. Connect it and run the command again.")


class TokenError(UnreachableError):
    """An API refuses the token. Another try does not help."""


class RateLimitedError(UnreachableError):
    """An API wants fewer requests; `limits` holds what its headers say of that."""

    def __init__(self, message: str, limits: RateLimits) -> None:
        super().__init__(message)
        self.limits = limits
