"""Expected trouble of a scan."""

from __future__ import annotations


class Trouble(Exception):
    """It could not be looked; the message says why and what to do."""
