"""Creates smaller copies of an image in compact formats. Copies are cached by the hash of the image."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blog.images import SiteImage
    from blog.links import LinkResolver

WIDTHS = (480, 800, 1200, 1600)
FORMATS = (("avif", "image/avif"), ("webp", "image/webp"))
SIZES = "(max-width: 44rem) 92vw, 42rem"
_RESIZABLE = (".png", ".jpg", ".jpeg", ".webp")


def list_widths(path: str, width: int) -> list[int]:
    """Returns the widths in pixels to offer for an image of this width. SVG and GIF files have none."""
    if not path.lower().endswith(_RESIZABLE) or not width:
        return []
    return [*(step for step in WIDTHS if step < width), min(width, WIDTHS[-1])]


def name_variant(path: str, width: int, extension: str) -> str:
    """Returns the path of one copy: `/images/a.png-480.avif` for `/images/a.png`."""
    return f"{path}-{width}.{extension}"


def render_sources(links: LinkResolver, link: str, image: SiteImage) -> str:
    """Returns the `<source>` elements for all copies of an image, most compact format first."""
    path = links.find_asset(link.partition("#")[0].partition("?")[0])
    widths = list_widths(path, image.width) if path else []
    if not path or not widths:
        return ""
    elements = []
    for extension, mime_type in FORMATS:
        urls = [f"{links.settings.build_path(name_variant(path, width, extension))} {width}w" for width in widths]
        elements.append(f'<source type="{mime_type}" srcset="{", ".join(urls)}" sizes="{SIZES}">')
    return "".join(elements)


def create_variant(file: str, width: int, extension: str, folder: str) -> bytes:
    """Returns a copy of the image that is `width` pixels wide. The copy is cached in `folder`."""
    data = Path(file).read_bytes()
    cached = Path(folder, f"{blake2b(data, digest_size=12).hexdigest()}-{width}.{extension}")
    if cached.is_file():
        return cached.read_bytes()
    from io import BytesIO

    from PIL import Image, ImageOps

    with Image.open(BytesIO(data)) as image:
        upright = ImageOps.exif_transpose(image)
        mode = "RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB"
        height = max(1, round(upright.height * width / upright.width))
        small = upright.convert(mode).resize((width, height), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    if extension == "avif":
        small.save(buffer, "AVIF", quality=55, speed=6)
    else:
        small.save(buffer, "WEBP", quality=75, method=4)
    write_atomically(cached, buffer.getvalue())
    return buffer.getvalue()


def write_atomically(file: Path, data: bytes) -> None:
    """Writes the file in one step, so that no other process reads half of it."""
    import os

    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    temporary.write_bytes(data)
    temporary.replace(file)
