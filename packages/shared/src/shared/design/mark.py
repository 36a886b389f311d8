"""The mark: an octagon drawn with eight strokes, the last of them in the accent color.

`python -m shared.design.mark` writes `mark.svg`, `favicon.svg`, `favicon.ico` and the PNG icons from the geometry below
and the colors of `tokens.css`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw

from shared.design import tokens
from shared.design.contrast import hexadecimal, parse

Stroke = tuple[float, float, float, float]

BOX = 64


class Look(NamedTuple):
    """How the strokes are drawn: their width and the gap between them in units of the box, and two colors."""

    width: float
    gap: float
    ink: str
    accent: str


def strokes(width: float, gap: float, radius: float = 27.5) -> list[Stroke]:
    """The eight sides, clockwise. Each begins `gap` after the one before and runs to its corner. The last is on top."""
    corners = [math.radians(45 * side - 67.5) for side in range(9)]
    points = [(BOX / 2 + radius * math.cos(turn), BOX / 2 + radius * math.sin(turn)) for turn in corners]
    sides = []
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        share = (width + gap) / math.hypot(x2 - x1, y2 - y1)
        sides.append((x1 + share * (x2 - x1), y1 + share * (y2 - y1), x2, y2))
    return sides


def drawing(*, head: str, width: float, gap: float, tail: str = "") -> str:
    """SVG source: seven strokes in one path, the eighth apart so that it can have its own color."""
    paths = [f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" for x1, y1, x2, y2 in strokes(width, gap)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {BOX} {BOX}"{head}>{tail}'
        f'<g fill="none" stroke="currentColor" stroke-width="{width:g}" stroke-linecap="round">'
        f'<path d="{"".join(paths[:-1])}"/><path class="mark-last" d="{paths[-1]}"/></g></svg>\n'
    )


def picture(size: int, look: Look, *, paper: str | None = None, inset: float = 0.0) -> Image.Image:
    """The mark as pixels, drawn eight times too large and then reduced, so that its edges are smooth."""
    full = size * 8
    image = Image.new("RGBA", (full, full), paper or (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    scale = full * (1 - 2 * inset) / BOX
    for number, stroke in enumerate(strokes(look.width, look.gap), start=1):
        color = look.accent if number == 8 else look.ink
        ends = [full * inset + scale * part for part in stroke]
        draw.line(ends, fill=color, width=round(look.width * scale))
        half = look.width * scale / 2
        for x, y in (ends[:2], ends[2:]):
            draw.ellipse((x - half, y - half, x + half, y + half), fill=color)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def write(folder: Path, colors: Mapping[str, Mapping[str, str]] | None = None) -> None:
    """Write every form of the mark into `folder`. `colors` by theme and name, as `tokens.read` gives them."""
    themes = colors or tokens.read()
    inks = [[hexadecimal(parse(themes[theme][name])) for name in ("ink", "accent")] for theme in tokens.THEMES]
    light, dark = (f"svg{{color:{ink}}}.mark-last{{stroke:{accent}}}" for ink, accent in inks)
    theme = f"<style>{light}@media(prefers-color-scheme:dark){{{dark}}}</style>"
    mark = drawing(head=' class="mark" aria-hidden="true"', width=5, gap=2).replace(
        ' xmlns="http://www.w3.org/2000/svg"', ""
    )
    (folder / "mark.svg").write_text(mark.replace(' xmlns="http://www.w3.org/2000/svg"', ""), encoding="utf-8")
    (folder / "favicon.svg").write_text(drawing(head="", width=7, gap=2, tail=theme), encoding="utf-8")
    small = picture(32, Look(7, 2, *inks[0]))
    small.save(folder / "icon-32.png", optimize=True)
    small.save(folder / "favicon.ico", sizes=[(16, 16), (32, 32)])
    for size in (180, 512):
        image = picture(size, Look(5.5, 2.5, *inks[0]), paper="#ffffff", inset=0.16).convert("RGB").quantize(32)
        image.save(folder / f"icon-{size}.png", optimize=True)


if __name__ == "__main__":
    write(Path(__file__).parent)
