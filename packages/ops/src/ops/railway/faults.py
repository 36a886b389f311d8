"""Expected trouble between the file and Railway."""

from __future__ import annotations


class Trouble(Exception):
    """Something that people can read and mend."""


class Unreadable(Trouble):
    """`.railway/railway.py` cannot be evaluated, or what comes out is not what Railway takes."""


class Unanswered(Trouble):
    """Railway's API cannot be reached, or refuses."""
