"""The colors of `tokens.css`, and what WCAG AA demands of them. `docs/decisions/0002-tokens-aa.md` says why."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from shared.design import contrast

FILE: Final = Path(__file__).parent / "tokens.css"
THEMES: Final = ("light", "dark")
SURFACES: Final = ("paper", "raised", "sunk")
_WORDS: Final = ("ink", "soft", "faint", "accent", "good", "warn", "bad")
_WASHED: Final = ("accent", "good", "warn", "bad")
_SHAPES: Final = (
    "edge", "stage-new", "stage-contacted", "stage-qualified", "stage-proposal", "stage-won", "stage-lost",
)  # fmt: skip
_PAIR: Final = re.compile(r"--([\w-]+):\s*light-dark\((oklch\([^)/]*\)),\s*(oklch\([^)/]*\))\);")


class Demand(NamedTuple):
    """`word` on `ground` must have a contrast of at least `least`."""

    word: str
    ground: str
    least: float


DEMANDS: Final = (
    *(Demand(word, surface, 4.5) for word in _WORDS for surface in SURFACES),
    *(Demand(word, f"{word}-wash", 4.5) for word in _WASHED),
    *(Demand("ink", f"{word}-wash", 7) for word in _WASHED),
    Demand("on-accent", "accent", 4.5),
    *(Demand(shape, surface, 3) for shape in _SHAPES for surface in SURFACES),
)
"""Text needs 4.5:1, ink on a wash 7:1, outlines of controls and dots that carry meaning 3:1."""


class Broken(NamedTuple):
    """A demand that does not hold; `ratio` is what there is instead."""

    demand: Demand
    ratio: float


def read(text: str | None = None) -> dict[str, dict[str, str]]:
    """The colors of a sheet (default: ours) by theme and name, each as `oklch(L C H)`."""
    found = _PAIR.findall(FILE.read_text(encoding="utf-8") if text is None else text)
    return {theme: {name: both[place] for name, *both in found} for place, theme in enumerate(THEMES)}


def broken(colors: Mapping[str, str]) -> list[Broken]:
    """What the colors of one theme do not hold."""
    linear = {name: contrast.parse(color) for name, color in colors.items()}
    ratios = ((demand, contrast.ratio(linear[demand.word], linear[demand.ground])) for demand in DEMANDS)
    return [Broken(demand, ratio) for demand, ratio in ratios if ratio < demand.least]


@functools.cache
def hexadecimal(name: str, theme: str = "light") -> str:
    """A color of ours as `#rrggbb`, for pictures and for what does not know OKLCH."""
    return contrast.hexadecimal(contrast.parse(read()[theme][name]))
