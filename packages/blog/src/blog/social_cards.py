"""Draws social cards: images of 1200 × 630 pixels that other sites show for a shared link (Open Graph)."""

from __future__ import annotations

import math
import re
import unicodedata
from hashlib import blake2b
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from blog.faces import (
    describe_faces,
    find_missing_letters,
    is_right_to_left,
    load_display,
    load_face,
    measure,
    split_runs,
)
from blog.responsive_images import write_atomically

if TYPE_CHECKING:
    from PIL import ImageDraw

SIZE = (1200, 630)
_COLORS = ("paper", "ink", "soft", "accent", "line")
_MARGIN = 88
_DESIGN_VERSION = "2"
"""Raise it when the drawing changes, so that cached cards are drawn again."""


def draw_card(title: str, subtitle: str, folder: str) -> bytes:
    """Returns the card as PNG. The file is cached in `folder` under the hash of its content."""
    paper, ink, soft, accent, line = colors = _read_colors()
    name = blake2b(
        "\0".join((_DESIGN_VERSION, *colors, title, subtitle, describe_faces(title + subtitle))).encode(),
        digest_size=12,
    ).hexdigest()
    cached = Path(folder, f"{name}.png")
    if cached.is_file():
        return cached.read_bytes()
    from PIL import Image, ImageDraw

    image = Image.new("RGB", SIZE, paper)
    draw = ImageDraw.Draw(image)
    if find_missing_letters(title):
        title, subtitle = _drop_missing(subtitle), ""
    size, lines = _fit_title(title)
    is_mirrored = is_right_to_left(title)
    _draw_octagon(draw, 190 if is_mirrored else SIZE[0] - 190, SIZE[1] - 170, 150, (line, accent))
    top = _MARGIN - 12
    for text in lines:
        _draw_line(draw, top, text, size, ink, is_mirrored=is_mirrored)
        top += round(size * 1.16)
    left = SIZE[0] - _MARGIN - 64 if is_mirrored else _MARGIN
    draw.line([(left, SIZE[1] - 150), (left + 64, SIZE[1] - 150)], fill=accent, width=5)
    _draw_line(draw, SIZE[1] - 122, _drop_missing(subtitle), 34, soft, is_mirrored=is_mirrored)
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
    lines = [""]
    for word in _split_words(title):
        longer = lines[-1] + word
        if lines[-1] and measure(longer.rstrip(), size) > SIZE[0] - 2 * _MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    return [line.strip() for line in lines]


def _split_words(title: str) -> list[str]:
    """Returns the parts that a line may end after. Chinese and Japanese lines may end after every letter.

    A part that is wider than a line is split too.
    """
    parts: list[str] = []
    for word in re.findall(r"\S+\s*", title):
        is_wide = any(unicodedata.east_asian_width(letter) in "WF" for letter in word)
        parts += list(word) if is_wide or measure(word, 38) > SIZE[0] - 2 * _MARGIN else [word]
    return parts


def _draw_line(draw: ImageDraw.ImageDraw, top: int, text: str, size: int, color: str, *, is_mirrored: bool) -> None:
    """Draws one line with its baseline in the same place for every face."""
    left: float = SIZE[0] - _MARGIN - measure(text, size) if is_mirrored else _MARGIN
    baseline = top + load_display(size).getmetrics()[0]
    runs = split_runs(text)
    for run, face in reversed(runs) if is_mirrored else runs:
        font = load_face(face, size)
        draw.text((left, baseline), run, font=font, fill=color, anchor="ls")
        left += font.getlength(run)


def _drop_missing(text: str) -> str:
    missing = set(find_missing_letters(text).split())
    return "".join(letter for letter in text if letter not in missing).strip()


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
