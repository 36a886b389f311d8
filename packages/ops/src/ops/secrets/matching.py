"""Finds every secret in the bytes of one file as they stream past. Memory stays that of one window."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from ops.secrets.assignments import ASSIGNED, find_assignments
from ops.secrets.shapes import find_shapes

CHUNK = 1 << 20
OVERLAP = 4096  # no secret is longer: one that lies across two windows is whole in the second
LOOK_BEHIND = 128  # bytes that a pattern may look back
# What a line says whose secret is accepted, with the reason after it.
ACCEPTED = re.compile(rb"not-a-secret:[ \t]*\w")


class Match(NamedTuple):
    """A secret in a file. `value` never leaves the process."""

    shape: str
    what: str
    line: int
    value: bytes


def find_secrets(chunks: Iterable[bytes]) -> Iterator[Match]:
    """Yields every secret of one file. Lines are counted from 1."""
    window, begin, line = b"", 0, 1
    utf16: bool | None = None
    for chunk in chain(chunks, [None]):
        if chunk is not None:
            utf16 = chunk[:2] in (b"\xff\xfe", b"\xfe\xff") if utf16 is None else utf16
            # Without its zeros, UTF-16 reads as plain text.
            window += chunk.replace(b"\0", b"") if utf16 else chunk
        end = len(window) - (OVERLAP if chunk is not None else 0)
        if end <= begin:
            continue
        for shape, what, start, stop in _find_in_window(window):
            if begin <= start < end and not _is_accepted(window, start, stop):
                yield Match(shape, what, line + window.count(b"\n", 0, start), window[start:stop])
        keep = max(0, end - LOOK_BEHIND)
        line += window.count(b"\n", 0, keep)
        window, begin = window[keep:], end - keep


def _find_in_window(window: bytes) -> Iterator[tuple[str, str, int, int]]:
    """Yields the shape, description, start and end of each secret."""
    found = list(find_shapes(window))
    yield from ((shape.name, shape.what, start, stop) for shape, start, stop in found)
    if b"\0" not in window:  # a picture or an archive assigns nothing to names
        for start, stop in find_assignments(window):
            if not any(one < stop and start < other for _, one, other in found):
                yield ASSIGNED, "a value with a secret's name", start, stop


def _is_accepted(window: bytes, start: int, stop: int) -> bool:
    line_end = window.find(b"\n", stop)
    line = window[window.rfind(b"\n", 0, start) + 1 : line_end if line_end >= 0 else len(window)]
    return ACCEPTED.search(line) is not None
