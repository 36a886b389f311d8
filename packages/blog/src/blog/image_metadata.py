"""Removes what a picture says about its maker: place, device, time, thumbnail. The pixels stay as they are.

Pictures stay upright; color profiles and animations stay too.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

STRIPPABLE = (".png", ".apng", ".jpg", ".jpeg", ".webp", ".avif")

_JPEG_KEPT = {0xE0, 0xEE}  # JFIF and Adobe, which say how to read the colors
_PNG_DROPPED = {b"eXIf", b"iTXt", b"tEXt", b"tIME", b"zTXt"}
_WEBP_DROPPED = {b"EXIF", b"XMP "}
_WEBP_FLAGS = 0x08 | 0x04  # EXIF and XMP in the header of an extended file
_EXIF = b"Exif\0\0"
_ORIENTATION_TAG = 0x0112


def strip_metadata(data: bytes) -> bytes:
    """Returns the picture without its metadata. Data of another format, or damaged data, is returned as it is."""
    try:
        if data.startswith(b"\xff\xd8"):
            return _strip_jpeg(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _strip_png(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _strip_webp(data)
        if data[4:8] == b"ftyp":
            return _blank_avif(data)
    except (struct.error, ValueError, IndexError):
        return data
    return data


def read_jpeg_orientation(data: bytes) -> int:
    """Returns the orientation of EXIF, 1 to 8. 1 is upright; 5 and more swap width and height."""
    for marker, payload in _iterate_jpeg(data):
        if marker == 0xE1 and payload.startswith(_EXIF):
            return _read_orientation(payload[6:])
        if marker == 0xDA:
            break
    return 1


def iterate_png(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields the kind and the bytes of every chunk that begins in the data."""
    position = 8
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        yield kind, data[position : position + 12 + length]
        position += 12 + length


def _read_orientation(tiff: bytes) -> int:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 10:
        return 1
    (offset,) = struct.unpack_from(f"{order}I", tiff, 4)
    if offset + 2 > len(tiff):
        return 1
    (count,) = struct.unpack_from(f"{order}H", tiff, offset)
    for number in range(min(count, 200)):
        entry = offset + 2 + 12 * number
        if entry + 12 > len(tiff):
            break
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
        if tag == _ORIENTATION_TAG:
            return int(value) if 1 <= value <= 8 else 1
    return 1


def read_png_orientation(data: bytes) -> int:
    """Returns the orientation of a PNG as `read_jpeg_orientation` does."""
    chunks = (chunk for kind, chunk in iterate_png(data) if kind == b"eXIf")
    return _read_orientation(next(chunks, b"")[8:])


def read_webp_orientation(data: bytes) -> int:
    """Returns the orientation of a WebP as `read_jpeg_orientation` does."""
    chunks = (chunk for kind, chunk in _iterate_webp(data) if kind == b"EXIF")
    return _read_orientation(next(chunks, b"")[8:].removeprefix(_EXIF))


def _write_orientation(orientation: int) -> bytes:
    """Returns a TIFF structure that holds the orientation and nothing else."""
    return struct.pack(">4sIHHHIHHI", b"MM\0*", 8, 1, _ORIENTATION_TAG, 3, 1, orientation, 0, 0)


def _iterate_jpeg(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yields the marker and the payload of every segment up to the first scan."""
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        yield marker, data[position + 4 : position + 2 + length]
        if marker == 0xDA:
            return
        position += 2 + length


def _strip_jpeg(data: bytes) -> bytes:
    orientation = read_jpeg_orientation(data)
    parts = [b"\xff\xd8"]
    if orientation > 1:
        exif = _EXIF + _write_orientation(orientation)
        parts.append(struct.pack(">BBH", 0xFF, 0xE1, len(exif) + 2) + exif)
    for marker, payload in _iterate_jpeg(data):
        if marker == 0xDA:
            break
        is_metadata = 0xE0 <= marker <= 0xEF or marker == 0xFE
        is_profile = marker == 0xE2 and payload.startswith(b"ICC_PROFILE\0")
        if not is_metadata or marker in _JPEG_KEPT or is_profile:
            parts.append(struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload)
    start, end = _find_scans(data)
    # Phones put a second picture or a film behind the end, with metadata of its own.
    return b"".join(parts) + data[start:end]


def _find_scans(data: bytes) -> tuple[int, int]:
    """Returns where the first scan begins and where the picture ends."""
    position = 2
    while data[position + 1] != 0xDA:
        position += 1 if data[position + 1] == 0xFF else 2 + struct.unpack_from(">H", data, position + 2)[0]
        if data[position] != 0xFF:
            raise ValueError("a segment of the JPEG is damaged")
    start = position
    while True:
        position = data.find(b"\xff", position + 2)
        if position < 0 or position + 1 >= len(data):
            return start, len(data)
        marker = data[position + 1]
        if marker == 0xD9:
            return start, position + 2
        if marker == 0xFF:
            position -= 1
        elif marker and not 0xD0 <= marker <= 0xD7:
            # A segment between two scans: its own bytes are no markers.
            position += struct.unpack_from(">H", data, position + 2)[0]


def _strip_png(data: bytes) -> bytes:
    if read_png_orientation(data) > 1:
        return _turn_upright(data, "PNG")
    parts = [data[:8]]
    for kind, chunk in iterate_png(data):
        if kind not in _PNG_DROPPED:
            parts.append(chunk)
        if kind == b"IEND":
            break
    return b"".join(parts)


def _iterate_webp(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 12
    while position + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, position)
        chunk = data[position : position + 8 + length + length % 2]
        yield kind, chunk
        position += len(chunk)


def _strip_webp(data: bytes) -> bytes:
    if read_webp_orientation(data) > 1:
        return _turn_upright(data, "WEBP")
    parts = []
    for kind, chunk in _iterate_webp(data):
        if kind == b"VP8X":
            parts.append(chunk[:8] + bytes([chunk[8] & ~_WEBP_FLAGS]) + chunk[9:])
        elif kind not in _WEBP_DROPPED:
            parts.append(chunk)
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _turn_upright(data: bytes, kind: str) -> bytes:
    """Returns the picture turned. Not every browser turns a PNG or WebP by its metadata."""
    from io import BytesIO

    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(data)) as image:
            if getattr(image, "is_animated", False):
                return data
            upright = ImageOps.exif_transpose(image)
            profile = image.info.get("icc_profile")
    except (OSError, Image.DecompressionBombError):
        return data
    buffer = BytesIO()
    for key in ("exif", "xmp", "XML:com.adobe.xmp"):
        upright.info.pop(key, None)
    options = {"quality": 90, "exif": b""} if kind == "WEBP" else {}
    upright.save(buffer, kind, icc_profile=profile, **options)
    return buffer.getvalue()


def _blank_avif(data: bytes) -> bytes:
    """Overwrites the metadata with zeros and spaces. Taking it out would move every address in the file."""
    from io import BytesIO

    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(data)) as image:
            exif, xmp = image.info.get("exif", b""), image.info.get("xmp", b"")
    except (OSError, UnidentifiedImageError):
        return data
    for found, filler in ((exif.removeprefix(_EXIF), b"\0"), (xmp, b" ")):
        if len(found) > 8:
            # The rotation of an AVIF stands in a box of its own, so nothing of EXIF is needed.
            data = data.replace(
                found, found[:8] + filler * (len(found) - 8) if filler == b"\0" else filler * len(found)
            )
    return data
