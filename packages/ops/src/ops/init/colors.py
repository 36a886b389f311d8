"""Colors that somebody chose: read, completed to a family, and held to the contrasts that the look promises."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Final

from house.look import contrast, tokens
from ops.init.faults import Fault, Refused

Colors = dict[str, dict[str, str]]
"""By theme and name, each as `oklch(L C H)`."""

STEP: Final = 0.001
_OKLCH = re.compile(r"(?:oklch\()?\s*(\d*\.?\d+)[\s,]+(\d*\.?\d+)[\s,]+(\d*\.?\d+)\s*\)?")
_DARK = (0.68, 0.15)
_WASHES = {"light": (0.95, 0.03), "dark": (0.27, 0.06)}
_ON_DARK = (0.16, 0.02)


def chosen(now: Colors, accent: str | None, given: Iterable[str]) -> Colors:
    """The colors as they will stand. `accent` is one color that a family is made from; each of `given` reads
    `NAME=COLOR` or `NAME:dark=COLOR`, a color `#rrggbb` or `oklch(L C H)`.

    Raises `Refused` with every contrast that does not hold, its ratio, and the nearest shade that would.
    """
    told, faults = _told(now, accent, given)
    new: Colors = {theme: dict(colors) for theme, colors in now.items()}
    for flag, name, theme, text in told:
        try:
            new[theme][name] = parsed(text)
        except ValueError as wrong:
            faults.append(Fault(flag, str(wrong)))
    if faults:
        raise Refused(faults)
    if accent is not None:
        _complete(new, {(name, theme) for _, name, theme, _ in told})
    faults = [fault for flag, name, theme, text in told if (fault := _unreadable(new[theme], flag, name, theme, text))]
    faults += _unblamed(new) if told and not faults else []
    if faults:
        raise Refused(faults)
    return new


def parsed(text: str) -> str:
    """`#rrggbb`, `#rgb`, `oklch(L C H)` or its three numbers as `oklch(L C H)`. Raises `ValueError`."""
    if text.strip().startswith("#"):
        return _written(*contrast.oklch(contrast.from_hexadecimal(text)))
    found = _OKLCH.fullmatch(text.strip())
    numbers = tuple(float(part) for part in found.groups()) if found else (2.0, 0.0, 0.0)
    if numbers[0] > 1 or numbers[1] > 0.5 or numbers[2] > 360:
        raise ValueError(f"{text!r} is no color. Write it as #0f766e, or as oklch(0.51 0.10 183).")
    return _written(*numbers)


def nearest(colors: Mapping[str, str], name: str) -> str | None:
    """The color `name` made lighter or darker until all that is demanded of it holds; None where nothing would."""
    lightness, chroma, hue = _parts(colors[name])
    for number in range(int(1 / STEP) + 1):
        for shade in (lightness + number * STEP, lightness - number * STEP):
            if 0 <= shade <= 1:
                # What is proposed is what a screen shows, so that the proposal holds as it is written.
                shown = parsed(contrast.hexadecimal(contrast.linear_srgb(shade, chroma, hue)))
                if not _of(tokens.broken({**colors, name: shown}), name):
                    return shown
    return None


def written(sheet: str, colors: Colors) -> str:
    """The sheet `tokens.css` with these colors, everything else as it was."""
    before = tokens.read(sheet)
    for name in before["light"]:
        if any(before[theme][name] != colors[theme][name] for theme in tokens.THEMES):
            pair = f"--{name}: light-dark({colors['light'][name]}, {colors['dark'][name]});"
            sheet = re.sub(rf"--{name}:\s*light-dark\([^;]*\);", pair, sheet, count=1)
    return sheet


def shown(color: str) -> str:
    return f"{contrast.hexadecimal(contrast.parse(color))}, {color}"


def _told(now: Colors, accent: str | None, given: Iterable[str]) -> tuple[list[tuple[str, str, str, str]], list[Fault]]:
    """Flag, name, theme and text of each color that somebody named."""
    told = [] if accent is None else [("--accent", "accent", "light", accent)]
    faults = []
    for each in given:
        where, _, text = each.partition("=")
        name, _, theme = where.strip().removeprefix("--").partition(":")
        if name in now["light"] and (theme or "light") in tokens.THEMES and text:
            told.append(("--color", name, theme or "light", text))
        else:
            known = ", ".join(now["light"])
            faults.append(Fault("--color", f"{each!r} is not NAME=COLOR or NAME:dark=COLOR. The names are {known}."))
    return told, faults


def _complete(colors: Colors, told: set[tuple[str, str]]) -> None:
    """What follows from the accent, in its hue: its dark shade, both washes, and the words on it in the dark."""
    _, chroma, hue = _parts(colors["light"]["accent"])
    family = {("accent", "dark"): (_DARK[0], min(chroma, _DARK[1]), hue), ("on-accent", "dark"): (*_ON_DARK, hue)}
    family |= {("accent-wash", theme): (wash[0], min(chroma, wash[1]), hue) for theme, wash in _WASHES.items()}
    for (name, theme), shade in family.items():
        if (name, theme) not in told:
            colors[theme][name] = _written(*shade)
    for name, theme in (("accent-wash", "light"), ("accent", "dark"), ("accent-wash", "dark")):
        if (name, theme) not in told and _of(tokens.broken(colors[theme]), name):
            colors[theme][name] = nearest(colors[theme], name) or colors[theme][name]


def _unreadable(colors: Mapping[str, str], flag: str, name: str, theme: str, text: str) -> Fault | None:
    broken = _of(tokens.broken(colors), name)
    if not broken:
        return None
    told = "; ".join(
        f"{_floored(each.ratio)}:1 {_beside(each, name)}, needed {each.demand.least:g}:1" for each in broken
    )
    better = nearest(colors, name)
    advice = (
        f"The nearest shade that can be read is {shown(better)}." if better else "No shade of it can be read there."
    )
    return Fault(flag, f"{name} {text} ({theme}) has {told}. {advice}")


def _unblamed(colors: Colors) -> list[Fault]:
    """Contrasts that do not hold among colors that nobody named, such as an accent whose dark shade cannot be read."""
    return [
        Fault(
            "--accent",
            f"{each.demand.word} on {each.demand.ground} ({theme}) would have {_floored(each.ratio)}:1. Give --color.",
        )
        for theme in tokens.THEMES
        for each in tokens.broken(colors[theme])
    ]


def _beside(broken: tokens.Broken, name: str) -> str:
    word, ground, _ = broken.demand
    return f"on {ground}" if word == name else f"under {word}"


def _floored(ratio: float) -> str:
    """What is just too little must not read as enough."""
    return f"{math.floor(100 * ratio) / 100:.2f}"


def _of(broken: Iterable[tokens.Broken], name: str) -> list[tokens.Broken]:
    return [each for each in broken if name in (each.demand.word, each.demand.ground)]


def _parts(color: str) -> tuple[float, float, float]:
    found = _OKLCH.fullmatch(color)
    if found is None:
        raise ValueError(color)
    lightness, chroma, hue = (float(part) for part in found.groups())
    return lightness, chroma, hue


def _written(lightness: float, chroma: float, hue: float) -> str:
    return f"oklch({lightness:.4f} {chroma:.4f} {hue:.2f})"
