"""What is expected to go wrong, and is told in one line."""

from __future__ import annotations


class Trouble(Exception):
    """The message says what is wrong and what to do."""
