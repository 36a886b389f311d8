"""Social cards: a picture of 1200 × 630 with the title of a post, for those who share its link."""

from __future__ import annotations

import math
from functools import cache
from hashlib import blake2b
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from blog.variants import keep

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

SIZE = (1200, 630)
_COLORS = ("paper", "ink", "soft", "accent", "line")
_MARGIN = 88
_DESIGN = "1"


def card(title: str, below: str, folder: str) -> bytes:
    """The card as PNG; `below` is the small line under the title. Kept in `folder` under the hash of all it shows."""
    paper, ink, soft, accent, line = colors = _colors()
    name = blake2b("\0".join((_DESIGN, *colors, title, below)).encode(), digest_size=12).hexdigest()
    kept = Path(folder, f"{name}.png")
    if kept.is_file():
        return kept.read_bytes()
    from PIL import Image, ImageDraw

    image = Image.new("RGB", SIZE, paper)
    draw = ImageDraw.Draw(image)
    _octagon(draw, SIZE[0] - 190, SIZE[1] - 170, 150, (line, accent))
    size, lines = _fitted(title)
    top = _MARGIN - 12
    for words in lines:
        draw.text((_MARGIN, top), words, font=_font(size), fill=ink)
        top += round(size * 1.16)
    draw.line([(_MARGIN, SIZE[1] - 150), (_MARGIN + 64, SIZE[1] - 150)], fill=accent, width=5)
    draw.text((_MARGIN, SIZE[1] - 122), below, font=_font(34), fill=soft)
    buffer = BytesIO()
    image.quantize(64, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=False, compress_level=6)
    keep(kept, buffer.getvalue())
    return buffer.getvalue()


def _colors() -> tuple[str, ...]:
    from shared.design import tokens

    return tuple(tokens.hexadecimal(name) for name in _COLORS)


def _fitted(title: str) -> tuple[int, list[str]]:
    """The greatest size at which the title fits in four lines."""
    for size in (84, 72, 62, 54, 46, 38):
        lines = _broken(title, size)
        if len(lines) * size * 1.16 <= 4 * 84 * 1.16 and len(lines) <= 5:
            return size, lines
    return 38, [*lines[:5], "…"]


def _broken(title: str, size: int) -> list[str]:
    font = _font(size)
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > SIZE[0] - 2 * _MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    from shared import design

    font = ImageFont.truetype(str(design.path("display.woff2")), size)
    # The display face has one axis, its weight.
    font.set_variation_by_axes([600])
    return font


def _octagon(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, inks: tuple[str, str]) -> None:
    """The mark as a light drawing: eight strokes that do not meet, the last one in the second of the `inks`."""
    angles = [math.radians(22.5 + 45 * number) for number in range(9)]
    corners = [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]
    for number, (start, end) in enumerate(pairwise(corners)):
        gap = 0.09
        a = (start[0] + (end[0] - start[0]) * gap, start[1] + (end[1] - start[1]) * gap)
        b = (end[0] - (end[0] - start[0]) * gap, end[1] - (end[1] - start[1]) * gap)
        ink = inks[number == 5]
        draw.line([a, b], fill=ink, width=12)
        for end_x, end_y in (a, b):
            draw.ellipse([end_x - 6, end_y - 6, end_x + 6, end_y + 6], fill=ink)
