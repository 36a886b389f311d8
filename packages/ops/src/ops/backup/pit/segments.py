"""Files of WAL: how they are named, what their first page says, where timelines fork."""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

from ops.backup.faults import Damaged

SEGMENT = re.compile(r"[0-9A-F]{24}")
HISTORY = re.compile(r"([0-9A-F]{8})\.history")
KNOWN = re.compile(r"[0-9A-F]{8}(\.history|[0-9A-F]{16}(\.partial|\.[0-9A-F]{8}\.backup)?)")
"""Every file that PostgreSQL hands to an archive."""

PAGE = struct.Struct("=HHIQI4xQII")
"""XLogLongPageHeaderData of access/xlog_internal.h, as the machine that wrote it lays it out."""

LONG = 0x0002


class Header(NamedTuple):
    """`address` is the position of the first byte; `size` is that of every segment of this system."""

    timeline: int
    address: int
    system: str
    size: int


class Fork(NamedTuple):
    """Where a timeline was left for the next one."""

    timeline: int
    at: int


def position(text: str) -> int:
    """A position in the WAL, from PostgreSQL's way of writing it, such as 0/3000028."""
    high, low = text.split("/")
    return (int(high, 16) << 32) | int(low, 16)


def written(place: int) -> str:
    return f"{place >> 32:X}/{place & 0xFFFFFFFF:X}"


def named(timeline: int, number: int, size: int) -> str:
    high, low = divmod(number, 0x1_0000_0000 // size)
    return f"{timeline:08X}{high:08X}{low:08X}"


def timeline(name: str) -> int:
    return int(name[:8], 16)


def number(name: str, size: int) -> int:
    """Which segment it is, counted from the beginning of the WAL."""
    return int(name[8:16], 16) * (0x1_0000_0000 // size) + int(name[16:24], 16)


def header(name: str, raw: bytes) -> Header:
    """What the first page says, when that agrees with the name. Raises `Damaged`."""
    if len(raw) < PAGE.size:
        raise Damaged(f"{name} is no file of WAL: it has {len(raw)} bytes.")
    _, info, of, address, _, system, size, _ = PAGE.unpack_from(raw)
    found = Header(of, address, str(system), size)
    # The first file of a new timeline begins with pages of the old one.
    fits = info & LONG and size == len(raw) and of <= timeline(name) and address == number(name, size) * size
    if not fits:
        raise Damaged(f"{name} is not the file of WAL it is named for. It was not stored.")
    return found


def forks(history: str) -> tuple[Fork, ...]:
    """The timelines that came before, oldest first, from the text of a history file."""
    lines = [line.split("\t") for line in history.splitlines() if line.strip() and not line.startswith("#")]
    return tuple(Fork(int(line[0]), position(line[1])) for line in lines)
