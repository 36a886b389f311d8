"""Contrast of OKLCH colors, so that a test can hold the tokens to WCAG AA.

Matrices from Björn Ottosson's OKLab definition; luminance and ratio from WCAG 2.2, "relative luminance".
"""

from __future__ import annotations

import math
import re

Color = tuple[float, float, float]
"""Linear-light sRGB, each channel 0 to 1."""

_OKLCH = re.compile(r"oklch\(\s*([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*\)")

_HEX = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")


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


def oklch(color: Color) -> tuple[float, float, float]:
    """The way back: lightness, chroma, and hue in degrees (0 for a gray)."""
    red, green, blue = color
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    chroma = math.hypot(a, b)
    return lightness, chroma, math.degrees(math.atan2(b, a)) % 360 if chroma > 1e-4 else 0.0


def from_hexadecimal(text: str) -> Color:
    """Read `#rrggbb` or `#rgb`. Raises `ValueError` for any other notation."""
    found = _HEX.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"Not a #rrggbb color: {text!r}")
    digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
    red, green, blue = (_decode(int(digits[place : place + 2], 16) / 255) for place in (0, 2, 4))
    return red, green, blue


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


def _decode(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _clip(channel: float) -> float:
    return min(1.0, max(0.0, channel))
