"""Images of the site: their width, height and animation, read from the first bytes of the file."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from blog.image_metadata import iterate_png, read_jpeg_orientation, read_png_orientation, read_webp_orientation

Size = tuple[int, int] | None

EXTENSIONS = (".png", ".apng", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg")
_HEAD_BYTES = 64 * 1024


class ImageInfo(NamedTuple):
    """The size in CSS pixels as a browser shows the image, that is, upright."""

    width: int
    height: int
    is_animated: bool = False


class SiteImage(NamedTuple):
    """An image that the site publishes at `path`.

    `sources` is markup of `<source>` elements, most compact format first.
    """

    url: str
    width: int
    height: int
    sources: str = ""
    path: str = ""
    is_animated: bool = False


def read_size(path: str) -> Size:
    """Returns width and height in CSS pixels, or None if the file does not state them."""
    info = read_info(path)
    return (info.width, info.height) if info else None


def read_info(path: str) -> ImageInfo | None:
    """Returns the size and whether the image moves, or None if the file does not state a size."""
    with Path(path).open("rb") as file:
        head = file.read(_HEAD_BYTES)
        for is_format, read in _READERS:
            if is_format(head):
                info = _try(read, head)
                # Colors and thumbnails may stand before the size, and take more room than the head.
                return info or _try(read, head + file.read())
    return _try(_read_svg, head) if path.lower().endswith(".svg") else None


def _try(read: Callable[[bytes], ImageInfo | None], head: bytes) -> ImageInfo | None:
    try:
        info = read(head)
    except (struct.error, ValueError, IndexError):
        return None
    return info if info and info.width > 0 and info.height > 0 else None


def _read_png(head: bytes) -> ImageInfo | None:
    width, height = struct.unpack_from(">II", head, 16)
    kinds = []
    for kind, _ in iterate_png(head):
        if kind == b"IDAT":
            break
        kinds.append(kind)
    if b"eXIf" in kinds and read_png_orientation(head) >= 5:
        width, height = height, width
    return ImageInfo(width, height, b"acTL" in kinds)


def _read_gif(head: bytes) -> ImageInfo | None:
    width, height = struct.unpack_from("<HH", head, 6)
    return ImageInfo(width, height, is_animated=True)


def _read_avif(head: bytes) -> ImageInfo | None:
    box = head.find(b"ispe")
    if box <= 0:
        return None
    width, height = struct.unpack_from(">II", head, box + 8)
    turned = head.find(b"irot")
    if 0 < turned < len(head) - 4 and head[turned + 4] & 1:
        width, height = height, width
    return ImageInfo(width, height, head[8:12] == b"avis")


def _read_webp(head: bytes) -> ImageInfo | None:
    match head[12:16]:
        case b"VP8X":
            width, height = int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
            has_exif, is_animated = head[20] & 8, bool(head[20] & 2)
            if has_exif and not is_animated:
                # The metadata stands at the end of the file.
                if len(head) < int.from_bytes(head[4:8], "little"):
                    return None
                if read_webp_orientation(head) >= 5:
                    width, height = height, width
            return ImageInfo(width, height, is_animated)
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return ImageInfo((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", head, 26)
            return ImageInfo(width & 0x3FFF, height & 0x3FFF)
    return None


def _read_jpeg(head: bytes) -> ImageInfo | None:
    position = 2
    while position + 9 <= len(head) and head[position] == 0xFF:
        if head[position + 1] == 0xFF:
            position += 1
            continue
        marker, length, height, width = struct.unpack_from(">xBHxHH", head, position)
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            is_turned = read_jpeg_orientation(head) >= 5
            return ImageInfo(height, width) if is_turned else ImageInfo(width, height)
        position += 2 + length
    return None


def _read_svg(head: bytes) -> ImageInfo | None:
    tag = re.search(r"<svg\b[^>]*>", head.decode("utf-8", "replace"))
    if tag is None:
        return None
    sides = [re.search(rf'\b{side}=["\']([\d.]+)(?:px)?["\']', tag[0]) for side in ("width", "height")]
    if sides[0] and sides[1]:
        return ImageInfo(round(float(sides[0][1])), round(float(sides[1][1])))
    box = re.search(r'\bviewBox=["\'][-\d.]+[ ,]+[-\d.]+[ ,]+([\d.]+)[ ,]+([\d.]+)["\']', tag[0])
    return ImageInfo(round(float(box[1])), round(float(box[2]))) if box else None


_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], ImageInfo | None]], ...] = (
    (lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), _read_png),
    (lambda head: head[:6] in {b"GIF87a", b"GIF89a"}, _read_gif),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", _read_webp),
    (lambda head: head.startswith(b"\xff\xd8"), _read_jpeg),
    (lambda head: head[4:8] == b"ftyp", _read_avif),
)
