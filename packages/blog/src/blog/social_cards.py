"""Draws social cards: images of 1200 × 630 pixels that other sites show for a shared link (Open Graph)."""

from __future__ import annotations

import math
from functools import cache
from hashlib import blake2b
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from blog.responsive_images import write_atomically

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

SIZE = (1200, 630)
_COLORS = ("paper", "ink", "soft", "accent", "line")
_MARGIN = 88
_DESIGN_VERSION = "1"
"""Raise it when the drawing changes, so that cached cards are drawn again."""


def draw_card(title: str, subtitle: str, folder: str) -> bytes:
    """Returns the card as PNG. The file is cached in `folder` under the hash of its content."""
    paper, ink, soft, accent, line = colors = _read_colors()
    name = blake2b("\0".join((_DESIGN_VERSION, *colors, title, subtitle)).encode(), digest_size=12).hexdigest()
    cached = Path(folder, f"{name}.png")
    if cached.is_file():
        return cached.read_bytes()
    from PIL import Image, ImageDraw

    image = Image.new("RGB", SIZE, paper)
    draw = ImageDraw.Draw(image)
    _draw_octagon(draw, SIZE[0] - 190, SIZE[1] - 170, 150, (line, accent))
    size, lines = _fit_title(title)
    top = _MARGIN - 12
    for text in lines:
        draw.text((_MARGIN, top), text, font=_load_font(size), fill=ink)
        top += round(size * 1.16)
    draw.line([(_MARGIN, SIZE[1] - 150), (_MARGIN + 64, SIZE[1] - 150)], fill=accent, width=5)
    draw.text((_MARGIN, SIZE[1] - 122), subtitle, font=_load_font(34), fill=soft)
    buffer = BytesIO()
    image.quantize(64, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=False, compress_level=6)
    write_atomically(cached, buffer.getvalue())
    return buffer.getvalue()


def _read_colors() -> tuple[str, ...]:
    from shared.design import tokens

    return tuple(tokens.hexadecimal(name) for name in _COLORS)


def _fit_title(title: str) -> tuple[int, list[str]]:
    """Returns the largest font size at which the title fits, and its lines."""
    for size in (84, 72, 62, 54, 46, 38):
        lines = _wrap_title(title, size)
        if len(lines) * size * 1.16 <= 4 * 84 * 1.16 and len(lines) <= 5:
            return size, lines
    return 38, [*lines[:5], "…"]


def _wrap_title(title: str, size: int) -> list[str]:
    font = _load_font(size)
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > SIZE[0] - 2 * _MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


@cache
def _load_font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    from shared import design

    font = ImageFont.truetype(str(design.path("display.woff2")), size)
    # The only axis of this variable font is its weight.
    font.set_variation_by_axes([600])
    return font


def _draw_octagon(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colors: tuple[str, str]) -> None:
    """Draws the logo as eight separate strokes; one of them has the second color."""
    angles = [math.radians(22.5 + 45 * number) for number in range(9)]
    corners = [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]
    for number, (start, end) in enumerate(pairwise(corners)):
        gap = 0.09
        a = (start[0] + (end[0] - start[0]) * gap, start[1] + (end[1] - start[1]) * gap)
        b = (end[0] - (end[0] - start[0]) * gap, end[1] - (end[1] - start[1]) * gap)
        color = colors[number == 5]
        draw.line([a, b], fill=color, width=12)
        for end_x, end_y in (a, b):
            draw.ellipse([end_x - 6, end_y - 6, end_x + 6, end_y + 6], fill=color)
