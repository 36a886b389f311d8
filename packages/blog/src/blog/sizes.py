"""Width and height of a picture, read from its first bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

Size = tuple[int, int] | None

KINDS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg")
_ENOUGH = 64 * 1024


def size_of(path: str) -> Size:
    """Width and height in CSS pixels, or None where the file does not tell."""
    with Path(path).open("rb") as file:
        head = file.read(_ENOUGH)
    for starts, read in _READERS:
        if starts(head):
            return read(head)
    return _svg(head.decode("utf-8", "replace")) if path.lower().endswith(".svg") else None


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _png(head: bytes) -> Size:
    return (_big(head[16:20]), _big(head[20:24])) if len(head) >= 24 else None


def _gif(head: bytes) -> Size:
    return (_little(head[6:8]), _little(head[8:10])) if len(head) >= 10 else None


def _avif(head: bytes) -> Size:
    box = head.find(b"ispe")
    return (_big(head[box + 8 : box + 12]), _big(head[box + 12 : box + 16])) if box > 0 else None


def _webp(head: bytes) -> Size:
    match head[12:16]:
        case b"VP8X":
            return _little(head[24:27]) + 1, _little(head[27:30]) + 1
        case b"VP8L":
            bits = _little(head[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return _little(head[26:28]) & 0x3FFF, _little(head[28:30]) & 0x3FFF
    return None


def _jpeg(head: bytes) -> Size:
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            return _big(head[at + 7 : at + 9]), _big(head[at + 5 : at + 7])
        at += 2 + _big(head[at + 2 : at + 4])
    return None


def _svg(text: str) -> Size:
    tag = re.search(r"<svg\b[^>]*>", text)
    if tag is None:
        return None
    sides = [re.search(rf'\b{side}="([\d.]+)(?:px)?"', tag[0]) for side in ("width", "height")]
    if sides[0] and sides[1]:
        return round(float(sides[0][1])), round(float(sides[1][1]))
    box = re.search(r'\bviewBox="[-\d.]+[ ,]+[-\d.]+[ ,]+([\d.]+)[ ,]+([\d.]+)"', tag[0])
    return (round(float(box[1])), round(float(box[2]))) if box else None


_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Size]], ...] = (
    (lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    (lambda head: head[:6] in {b"GIF87a", b"GIF89a"}, _gif),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP" and len(head) >= 30, _webp),
    (lambda head: head.startswith(b"\xff\xd8"), _jpeg),
    (lambda head: head[4:8] == b"ftyp", _avif),
)
