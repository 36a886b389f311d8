"""Expected trouble with the embedded PostgreSQL."""

from __future__ import annotations


class CannotStartError(RuntimeError):
    """The embedded PostgreSQL cannot be used. The message is one line that says why and what to do."""
