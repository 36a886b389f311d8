"""Smaller copies of a picture in lighter formats, made once per content and kept in the cache folder."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blog.addresses import Addresses
    from blog.picture import Picture

WIDTHS = (480, 800, 1200, 1600)
FORMATS = (("avif", "image/avif"), ("webp", "image/webp"))
SHOWN = "(max-width: 44rem) 92vw, 42rem"
_FROM = (".png", ".jpg", ".jpeg", ".webp")


def widths(path: str, width: int) -> list[int]:
    """The widths to offer of a picture `width` pixels wide; none for drawings and animations."""
    if not path.lower().endswith(_FROM) or not width:
        return []
    return [*(step for step in WIDTHS if step < width), min(width, WIDTHS[-1])]


def variant(path: str, width: int, kind: str) -> str:
    """Path of one copy, beside the picture: `/images/a.png` has `/images/a.png-480.avif`."""
    return f"{path}-{width}.{kind}"


def sources(addresses: Addresses, written: str, picture: Picture) -> str:
    """`<source>` elements for every copy of a picture of the site, best format first."""
    path = addresses.asset(written.partition("#")[0].partition("?")[0])
    offered = widths(path, picture.width) if path else []
    if not path or not offered:
        return ""
    lines = []
    for kind, mime in FORMATS:
        offers = ", ".join(f"{addresses.settings.path(variant(path, width, kind))} {width}w" for width in offered)
        lines.append(f'<source type="{mime}" srcset="{offers}" sizes="{SHOWN}">')
    return "".join(lines)


def make(file: str, width: int, kind: str, folder: str) -> bytes:
    """One copy of the picture in `file`, `width` pixels wide. Kept in `folder` under the hash of the picture."""
    data = Path(file).read_bytes()
    kept = Path(folder, f"{blake2b(data, digest_size=12).hexdigest()}-{width}.{kind}")
    if kept.is_file():
        return kept.read_bytes()
    from io import BytesIO

    from PIL import Image, ImageOps

    with Image.open(BytesIO(data)) as image:
        upright = ImageOps.exif_transpose(image)
        mode = "RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB"
        height = max(1, round(upright.height * width / upright.width))
        small = upright.convert(mode).resize((width, height), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    if kind == "avif":
        small.save(buffer, "AVIF", quality=55, speed=6)
    else:
        small.save(buffer, "WEBP", quality=75, method=4)
    keep(kept, buffer.getvalue())
    return buffer.getvalue()


def keep(file: Path, data: bytes) -> None:
    """Write a file of the cache so that nobody ever sees half of it."""
    import os

    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(file)
