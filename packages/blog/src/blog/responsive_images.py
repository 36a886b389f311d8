"""Creates smaller copies of an image in compact formats. Copies are cached by the hash of the image."""

from __future__ import annotations

import struct
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

    from blog.images import SiteImage
    from blog.links import LinkResolver

WIDTHS = (480, 800, 1200, 1600)
FORMATS = (("avif", "image/avif"), ("webp", "image/webp"))
SIZES = "(max-width: 44rem) 92vw, 42rem"
_RESIZABLE = (".png", ".jpg", ".jpeg", ".webp")


MAX_PIXELS = 50_000_000
"""Larger pictures are refused: decoding one takes four bytes for each pixel."""


class ImageError(ValueError):
    """A picture cannot be read. The message says why."""


def list_widths(image: SiteImage | None) -> list[int]:
    """Returns the widths in pixels to offer for an image. SVG and GIF files have none, nor has what moves."""
    if image is None or image.is_animated or not image.width or not image.path.lower().endswith(_RESIZABLE):
        return []
    width = image.width
    return [*(step for step in WIDTHS if step < width), min(width, WIDTHS[-1])]


def is_image(link: str) -> bool:
    """Returns whether a link may name an image that has copies."""
    return any(extension in link.lower() for extension in _RESIZABLE)


def name_variant(path: str, width: int, extension: str) -> str:
    """Returns the path of one copy: `/images/a.png-480.avif` for `/images/a.png`."""
    return f"{path}-{width}.{extension}"


def render_sources(links: LinkResolver, image: SiteImage) -> str:
    """Returns the `<source>` elements for all copies of an image, most compact format first."""
    path, widths = image.path, list_widths(image)
    if not widths:
        return ""
    elements = []
    for extension, mime_type in FORMATS:
        urls = [f"{links.settings.build_path(name_variant(path, width, extension))} {width}w" for width in widths]
        elements.append(f'<source type="{mime_type}" srcset="{", ".join(urls)}" sizes="{SIZES}">')
    return "".join(elements)


def create_variant(file: str, width: int, extension: str, folder: str) -> bytes:
    """Returns a copy of the image that is `width` pixels wide. The copy is cached in `folder`.

    Raises `ImageError` for a picture that is damaged or too large.
    """
    data = Path(file).read_bytes()
    cached = Path(folder, f"{blake2b(data, digest_size=12).hexdigest()}-{width}.{extension}")
    if cached.is_file():
        return cached.read_bytes()
    from io import BytesIO

    small, profile = _resize(data, width)
    buffer = BytesIO()
    if extension == "avif":
        small.save(buffer, "AVIF", quality=55, speed=6, icc_profile=profile, exif=b"", xmp=b"")
    else:
        small.save(buffer, "WEBP", quality=75, method=4, icc_profile=profile, exif=b"", xmp=b"")
    write_atomically(cached, buffer.getvalue())
    return buffer.getvalue()


def _resize(data: bytes, width: int) -> tuple[Image.Image, bytes | None]:
    """Returns the picture upright and `width` pixels wide, and its color profile."""
    from io import BytesIO

    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                size = f"{image.width:,} × {image.height:,}"
                raise ImageError(f"The picture has {size} pixels; at most {MAX_PIXELS:,} are read. Make it smaller.")
            profile = image.info.get("icc_profile") if image.mode in {"RGB", "RGBA"} else None
            upright = ImageOps.exif_transpose(image)
            height = max(1, round(upright.height * width / upright.width))
            small = _convert(upright).resize((width, height), Image.Resampling.LANCZOS)
            small.info = {}
            return small, profile
    except Image.DecompressionBombError as error:
        message = f"The picture has more pixels than are read, {MAX_PIXELS:,}. Make it smaller."
        raise ImageError(message) from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        if isinstance(error, ImageError):
            raise
        raise ImageError(f"The picture is damaged: {error}. Save it again.") from error


def _convert(image: Image.Image) -> Image.Image:
    """Returns the picture in a mode that AVIF and WebP hold."""
    if image.mode.startswith("I"):
        # These hold 16 bits for each pixel, of which the first 8 are shown.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    return image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")


def write_atomically(file: Path, data: bytes) -> None:
    """Writes the file in one step, so that no other process reads half of it."""
    import os

    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    temporary.write_bytes(data)
    temporary.replace(file)
