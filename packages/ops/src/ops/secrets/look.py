"""Looks through the bytes of one file, as they stream past, for every shape: memory stays that of one window."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ops.secrets import assignments
from ops.secrets.shapes import SHAPES

PIECE = 1 << 20
OVERLAP = 4096
"""No secret is longer: one that lies across two windows is whole in the second."""
BEFORE = 64
"""Bytes that a pattern may look back."""
ALLOWED = re.compile(rb"not-a-secret:[ \t]*\w")
"""What a line says that may stay, with the reason behind it."""


class Match(NamedTuple):
    """A secret in a file. `value` never leaves the process."""

    shape: str
    what: str
    line: int
    value: bytes


def through(pieces: Iterable[bytes]) -> Iterator[Match]:
    """Every secret of one file. Lines are counted from 1."""
    window, low, lines, last = b"", 0, 1, None
    packed: bool | None = None
    for piece in _and_end(pieces):
        if piece is not None:
            if packed is None:
                packed = piece[:2] in (b"\xff\xfe", b"\xfe\xff")
            # Two bytes a letter, as some shells of Windows write: without the zeros it is plain.
            window += piece.replace(b"\0", b"") if packed else piece
            high = len(window) - OVERLAP
            if high <= low:
                continue
        else:
            high = len(window)
        for match in _within(window, low, high):
            line = lines + window.count(b"\n", 0, match[2])
            told = Match(match[0], match[1], line, window[match[2] : match[3]])
            if told != last and not _allowed(window, match[2], match[3]):
                yield told
            last = told
        keep = max(0, high - BEFORE)
        lines += window.count(b"\n", 0, keep)
        window, low = window[keep:], high - keep


def _and_end(pieces: Iterable[bytes]) -> Iterator[bytes | None]:
    yield from pieces
    yield None


def _within(window: bytes, low: int, high: int) -> Iterator[tuple[str, str, int, int]]:
    """Shape, words, begin and end of what begins between `low` and `high`."""
    taken: list[tuple[int, int]] = []
    for shape in SHAPES:
        if not any(mark in window for mark in shape.marks):
            continue
        for match in shape.pattern.finditer(window):
            group = "secret" if "secret" in shape.pattern.groupindex else 0
            start, end = match.span(group)
            if low <= start < high and shape.real(match[group]):
                taken.append((start, end))
                yield shape.name, shape.what, start, end
    if b"\0" in window:
        return  # a picture or an archive: no names are given values there
    for start, end in assignments.found(window):
        if low <= start < high and not any(one < end and start < other for one, other in taken):
            yield assignments.NAME, "a random value with a secret's name", start, end


def _allowed(window: bytes, start: int, end: int) -> bool:
    begin = window.rfind(b"\n", 0, start) + 1
    stop = window.find(b"\n", end)
    return ALLOWED.search(window, begin, stop if stop >= 0 else len(window)) is not None
