"""Reads chosen colors, derives the rest of the accent's family, and checks the contrasts that the design promises."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from ops.init.errors import InvalidOptionsError, OptionError
from shared.design import contrast, tokens

Colors = dict[str, dict[str, str]]
"""By theme and name, each as `oklch(L C H)`."""

STEP: Final = 0.001
_OKLCH = re.compile(r"(?:oklch\()?\s*(\d*\.?\d+)[\s,]+(\d*\.?\d+)[\s,]+(\d*\.?\d+)\s*\)?")
# What follows from the accent, in its hue: name, theme, lightness and the highest chroma.
_FAMILY = (
    ("accent", "dark", 0.68, 0.15),
    ("on-accent", "dark", 0.16, 0.02),
    ("accent-wash", "light", 0.95, 0.03),
    ("accent-wash", "dark", 0.27, 0.06),
)


class Choice(NamedTuple):
    """A color that somebody named, and the option that did."""

    option: str
    name: str
    theme: str
    text: str


def choose_colors(current: Colors, accent: str | None, options: Iterable[str]) -> Colors:
    """Returns the new colors. `accent` is one color that a family is derived from. Each option reads `NAME=COLOR` or
    `NAME:dark=COLOR`, a color `#rrggbb` or `oklch(L C H)`.

    Raises `InvalidOptionsError` with every contrast that is too low, and the nearest shade that would do.
    """
    choices, errors = _parse_options(current, accent, options)
    new: Colors = {theme: dict(colors) for theme, colors in current.items()}
    for choice in choices:
        try:
            new[choice.theme][choice.name] = parse_color(choice.text)
        except ValueError as invalid:
            errors.append(OptionError(choice.option, str(invalid)))
    if errors:
        raise InvalidOptionsError(errors)
    if accent is not None:
        _derive_family(new, {(choice.name, choice.theme) for choice in choices})
    errors = [error for choice in choices if (error := _check_contrast(new[choice.theme], choice))]
    errors = errors or (_check_derived(new) if choices else [])
    if errors:
        raise InvalidOptionsError(errors)
    return new


def parse_color(text: str) -> str:
    """Returns `#rrggbb`, `#rgb`, `oklch(L C H)` or its three numbers as `oklch(L C H)`. Raises `ValueError`."""
    if text.strip().startswith("#"):
        return _format(*contrast.oklch(contrast.from_hexadecimal(text)))
    match = _OKLCH.fullmatch(text.strip())
    lightness, chroma, hue = (float(part) for part in match.groups()) if match else (2.0, 0.0, 0.0)
    if lightness > 1 or chroma > 0.5 or hue > 360:
        raise ValueError(f"{text!r} is no color. Write it as #0f766e, or as oklch(0.51 0.10 183).")
    return _format(lightness, chroma, hue)


def find_nearest(colors: Mapping[str, str], name: str) -> str | None:
    """Returns the color made lighter or darker until its contrasts are enough, or None where no shade is."""
    lightness, chroma, hue = _split(colors[name])
    for distance in range(int(1 / STEP) + 1):
        for shade in (lightness + distance * STEP, lightness - distance * STEP):
            if 0 <= shade <= 1:
                # The proposal is rounded to what a screen shows, so that it is enough as it is written.
                rounded = parse_color(contrast.hexadecimal(contrast.linear_srgb(shade, chroma, hue)))
                if not _list_broken({**colors, name: rounded}, name):
                    return rounded
    return None


def render_tokens(sheet: str, colors: Colors) -> str:
    """Returns the sheet `tokens.css` with these colors, everything else as it was."""
    before = tokens.read(sheet)
    for name in before["light"]:
        if any(before[theme][name] != colors[theme][name] for theme in tokens.THEMES):
            pair = f"--{name}: light-dark({colors['light'][name]}, {colors['dark'][name]});"
            sheet = re.sub(rf"--{name}:\s*light-dark\([^;]*\);", pair, sheet, count=1)
    return sheet


def describe_color(color: str) -> str:
    return f"{contrast.hexadecimal(contrast.parse(color))}, {color}"


def _parse_options(
    current: Colors, accent: str | None, options: Iterable[str]
) -> tuple[list[Choice], list[OptionError]]:
    choices = [] if accent is None else [Choice("--accent", "accent", "light", accent)]
    errors = []
    for option in options:
        where, _, text = option.partition("=")
        name, _, theme = where.strip().removeprefix("--").partition(":")
        if name in current["light"] and (theme or "light") in tokens.THEMES and text:
            choices.append(Choice("--color", name, theme or "light", text))
        else:
            message = f"{option!r} is not NAME=COLOR or NAME:dark=COLOR. The names are {', '.join(current['light'])}."
            errors.append(OptionError("--color", message))
    return choices, errors


def _derive_family(colors: Colors, chosen: set[tuple[str, str]]) -> None:
    _, chroma, hue = _split(colors["light"]["accent"])
    derived = [part for part in _FAMILY if part[:2] not in chosen]
    for name, theme, lightness, most in derived:
        colors[theme][name] = _format(lightness, min(chroma, most), hue)
    for name, theme, *_ in derived:
        if name != "on-accent" and _list_broken(colors[theme], name):
            colors[theme][name] = find_nearest(colors[theme], name) or colors[theme][name]


def _check_contrast(colors: Mapping[str, str], choice: Choice) -> OptionError | None:
    broken = _list_broken(colors, choice.name)
    if not broken:
        return None
    pairs = {
        f"on {each.demand.ground}" if choice.name == each.demand.word else f"under {each.demand.word}": each
        for each in broken
    }
    ratios = "; ".join(f"{_floor(each.ratio)}:1 {pair}, needed {each.demand.least:g}:1" for pair, each in pairs.items())
    nearest = find_nearest(colors, choice.name)
    advice = f"The nearest readable shade is {describe_color(nearest)}." if nearest else "No shade of it is readable."
    return OptionError(choice.option, f"{choice.name} {choice.text} ({choice.theme}) has {ratios}. {advice}")


def _check_derived(colors: Colors) -> list[OptionError]:
    """Checks the colors that nobody named, such as the dark shade of an accent."""
    return [
        OptionError(
            "--accent",
            f"{each.demand.word} on {each.demand.ground} ({theme}) would have {_floor(each.ratio)}:1. Give --color.",
        )
        for theme in tokens.THEMES
        for each in tokens.broken(colors[theme])
    ]


def _floor(ratio: float) -> str:
    """Cuts the ratio: one that is just too low must not read as enough."""
    return f"{math.floor(100 * ratio) / 100:.2f}"


def _list_broken(colors: Mapping[str, str], name: str) -> list[tokens.Broken]:
    return [each for each in tokens.broken(colors) if name in (each.demand.word, each.demand.ground)]


def _split(color: str) -> tuple[float, float, float]:
    lightness, chroma, hue = (float(part) for part in re.findall(r"[\d.]+", color))
    return lightness, chroma, hue


def _format(lightness: float, chroma: float, hue: float) -> str:
    return f"oklch({lightness:.4f} {chroma:.4f} {hue:.2f})"
