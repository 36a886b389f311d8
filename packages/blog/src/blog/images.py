"""Images of the site, and their width and height from the first bytes of the file."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Size = tuple[int, int] | None

EXTENSIONS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg")
_HEAD_BYTES = 64 * 1024


class SiteImage(NamedTuple):
    """An image that the site publishes. `sources` is markup of `<source>` elements, most compact format first."""

    url: str
    width: int
    height: int
    sources: str = ""


def read_size(path: str) -> Size:
    """Returns width and height in CSS pixels, or None if the file does not state them."""
    with Path(path).open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for is_format, read in _READERS:
        if is_format(head):
            return read(head)
    return _read_svg(head.decode("utf-8", "replace")) if path.lower().endswith(".svg") else None


def _read_png(head: bytes) -> Size:
    return struct.unpack_from(">II", head, 16) if len(head) >= 24 else None


def _read_gif(head: bytes) -> Size:
    return struct.unpack_from("<HH", head, 6) if len(head) >= 10 else None


def _read_avif(head: bytes) -> Size:
    box = head.find(b"ispe")
    return struct.unpack_from(">II", head, box + 8) if 0 < box <= len(head) - 16 else None


def _read_webp(head: bytes) -> Size:
    match head[12:16]:
        case b"VP8X":
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", head, 26)
            return width & 0x3FFF, height & 0x3FFF
    return None


def _read_jpeg(head: bytes) -> Size:
    position = 2
    while position + 9 <= len(head) and head[position] == 0xFF:
        marker, length, height, width = struct.unpack_from(">xBHxHH", head, position)
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            return width, height
        position += 2 + length
    return None


def _read_svg(text: str) -> Size:
    tag = re.search(r"<svg\b[^>]*>", text)
    if tag is None:
        return None
    sides = [re.search(rf'\b{side}="([\d.]+)(?:px)?"', tag[0]) for side in ("width", "height")]
    if sides[0] and sides[1]:
        return round(float(sides[0][1])), round(float(sides[1][1]))
    box = re.search(r'\bviewBox="[-\d.]+[ ,]+[-\d.]+[ ,]+([\d.]+)[ ,]+([\d.]+)"', tag[0])
    return (round(float(box[1])), round(float(box[2]))) if box else None


_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Size]], ...] = (
    (lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), _read_png),
    (lambda head: head[:6] in {b"GIF87a", b"GIF89a"}, _read_gif),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP" and len(head) >= 30, _read_webp),
    (lambda head: head.startswith(b"\xff\xd8"), _read_jpeg),
    (lambda head: head[4:8] == b"ftyp", _read_avif),
)
