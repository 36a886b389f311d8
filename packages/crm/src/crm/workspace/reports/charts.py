"""Charts as SVG. The style sheet colors them by class, so they follow the theme and the content policy.

A chart shows what the table beside it says. Its title and description say it to those who do not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import msgspec
from markupsafe import Markup

WIDTH = 360
LABEL, BAR, ROW = 124, 190, 30
"""Bars: the width of the labels, of the longest bar, and the height of a row."""
TOP, PLOT, FOOT = 20, 128, 20
"""Columns: the height above them, of the highest, and below."""
MAX_LABEL = 18
MAX_TICKS = 6
TICK = 44
"""The width of a label below a column."""


class Bar(msgspec.Struct, frozen=True):
    """One bar or column. `layers` are pairs of a class of the style sheet and a value; `text` stands at its end."""

    label: str
    layers: Sequence[tuple[str, float]]
    text: str


def draw_bars(name: str, title: str, description: str, bars: Sequence[Bar], *, stacked: bool = False) -> Markup:
    """Horizontal bars. Layers stand one after another if `stacked`, else all begin at the left."""
    highest = max((_length(bar, stacked=stacked) for bar in bars), default=0) or 1
    parts = []
    for place, bar in enumerate(bars):
        y, x = place * ROW, float(LABEL)
        parts.append(_text(LABEL - 8, y + 19, _shorten(bar.label), "chart-label chart-end"))
        for kind, value in bar.layers:
            width = value / highest * BAR
            if width > 0:
                parts.append(_rect(kind, x, y + 6, max(width, 1.5), 18))
            x += width if stacked else 0
        end = LABEL + _length(bar, stacked=stacked) / highest * BAR
        parts.append(_text(end + 6, y + 19, bar.text, "chart-value"))
    return _svg(name, title, description, max(1, len(bars)) * ROW, parts)


def draw_columns(name: str, title: str, description: str, bars: Sequence[Bar]) -> Markup:
    """Vertical columns whose layers are stacked, the first at the bottom."""
    highest = max((_length(bar, stacked=True) for bar in bars), default=0) or 1
    step = WIDTH / max(1, len(bars))
    width, every, floor = min(step * 0.7, 34), ceil(len(bars) / MAX_TICKS), TOP + PLOT
    parts = [Markup('<line class="chart-line" x1="0" x2="{}" y1="{}" y2="{}"/>').format(WIDTH, floor, floor)]
    crowded = len(bars) > MAX_TICKS + 1
    for place, bar in enumerate(bars):
        middle, y = step * (place + 0.5), float(floor)
        for kind, value in bar.layers:
            height = value / highest * PLOT
            if height > 0:
                y -= height
                parts.append(_rect(kind, middle - width / 2, y, width, max(height, 1)))
        if not crowded or place % every == 0:
            x, anchor = (middle, "chart-middle") if not crowded else (middle - width / 2, "")
            if crowded and x > WIDTH - TICK:
                x, anchor = WIDTH, "chart-end"
            parts.append(_text(x, floor + 15, bar.label, f"chart-label {anchor}"))
        if bar.text and len(bars) <= 2 * MAX_TICKS + 2:
            parts.append(_text(middle, y - 5, bar.text, f"chart-value chart-middle{' chart-small' if crowded else ''}"))
    return _svg(name, title, description, floor + FOOT, parts)


def _length(bar: Bar, *, stacked: bool) -> float:
    values = [value for _, value in bar.layers]
    return sum(values) if stacked else max(values, default=0)


def _shorten(label: str) -> str:
    return label if len(label) <= MAX_LABEL else f"{label[: MAX_LABEL - 1].rstrip(' .')}…"


def _rect(kind: str, x: float, y: float, width: float, height: float) -> Markup:
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
        kind, x, y, width, height
    )


def _text(x: float, y: float, text: str, kind: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(kind.strip(), x, y, text)


def _svg(name: str, title: str, description: str, height: int, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}-title {name}-desc">'
        '<title id="{name}-title">{title}</title><desc id="{name}-desc">{description}</desc>'
        '<g aria-hidden="true">{parts}</g></svg>'
    ).format(width=WIDTH, height=height, name=name, title=title, description=description, parts=Markup("").join(parts))
