"""Words the lines of a timeline are made of."""

from __future__ import annotations

from collections.abc import Sequence


def join_words(words: Sequence[str]) -> str:
    """`name`, `name and phone`, `name, phone and notes`."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
