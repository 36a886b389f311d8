"""Errors of `ops backup` that have an exit status, or a reaction, of their own."""

from __future__ import annotations

from ops import cli


class BusyError(cli.OpsError):
    """Another backup or drill is running."""

    exit_status = 3


class DamagedError(cli.OpsError):
    """An object in the store is not what was written, or no trusted key has signed it."""

    exit_status = 4


class UnreachableError(cli.UnreachableError):
    """The store or the database does not answer."""

    exit_status = 5


class NotFoundError(cli.OpsError):
    """The store has no such object."""
