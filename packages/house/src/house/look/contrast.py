"""Contrast of OKLCH colors, so that a test can hold the tokens to WCAG AA.

Matrices from Björn Ottosson's OKLab definition; luminance and ratio from WCAG 2.2, "relative luminance".
"""

from __future__ import annotations

import math
import re

Color = tuple[float, float, float]
"""Linear-light sRGB, each channel 0 to 1."""

_OKLCH = re.compile(r"oklch\(\s*([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*\)")


def linear_srgb(lightness: float, chroma: float, hue: float) -> Color:
    """OKLCH (hue in degrees) to linear sRGB. What lies outside the gamut is clipped per channel, as browsers do."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return _clip(red), _clip(green), _clip(blue)


def parse(text: str) -> Color:
    """Read `oklch(L C H)`. Raises `ValueError` for any other notation."""
    found = _OKLCH.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"Not an oklch() color: {text!r}")
    return linear_srgb(*(float(part) for part in found.groups()))


def luminance(color: Color) -> float:
    """Relative luminance, 0 (black) to 1 (white)."""
    red, green, blue = color
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: Color, other: Color) -> float:
    """Contrast ratio, 1 to 21. AA asks for 4.5 in text and 3 in large text, controls and shapes that carry meaning."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def hexadecimal(color: Color) -> str:
    """`#rrggbb` for places that do not know OKLCH: icons, mails, the theme-color meta."""
    return "#" + "".join(f"{round(255 * _encode(channel)):02x}" for channel in color)


def _encode(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def _clip(channel: float) -> float:
    return min(1.0, max(0.0, channel))
