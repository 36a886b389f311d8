"""The tokens hold WCAG AA in both themes, computed from the style sheet itself."""

from __future__ import annotations

import re

import pytest

from house import look
from house.look import contrast, mark

PAIR = re.compile(r"--([\w-]+):\s*light-dark\((oklch\([^)]*\)),\s*(oklch\([^)]*\))\);")
THEMES = {"light": 0, "dark": 1}
SURFACES = ["paper", "raised", "sunk"]


def colors(theme: str) -> dict[str, contrast.Color]:
    found = PAIR.findall(look.path("tokens.css").read_text(encoding="utf-8"))
    return {name: contrast.parse(both[THEMES[theme]]) for name, *both in found}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("word", ["ink", "soft", "faint", "accent", "good", "warn", "bad"])
def test_every_color_of_text_can_be_read_on_every_surface(theme: str, surface: str, word: str) -> None:
    color = colors(theme)
    assert contrast.ratio(color[word], color[surface]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("word", ["accent", "good", "warn", "bad"])
def test_a_color_and_ink_can_be_read_on_the_wash_of_that_color(theme: str, word: str) -> None:
    color = colors(theme)
    assert contrast.ratio(color[word], color[f"{word}-wash"]) >= 4.5
    assert contrast.ratio(color["ink"], color[f"{word}-wash"]) >= 7


@pytest.mark.parametrize("theme", THEMES)
def test_words_on_a_filled_button_can_be_read(theme: str) -> None:
    color = colors(theme)
    assert contrast.ratio(color["on-accent"], color["accent"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("surface", SURFACES)
def test_edges_of_controls_and_dots_of_stages_can_be_seen(theme: str, surface: str) -> None:
    color = colors(theme)
    shapes = ["edge", *(name for name in color if name.startswith("stage-"))]
    assert len(shapes) == 7
    assert [name for name in shapes if contrast.ratio(color[name], color[surface]) < 3] == []


def test_contrast_agrees_with_the_standard() -> None:
    white, black = contrast.parse("oklch(1 0 0)"), contrast.parse("oklch(0 0 0)")
    assert contrast.ratio(white, black) == pytest.approx(21, abs=0.01)
    assert contrast.hexadecimal(contrast.parse("oklch(0.628 0.2577 29.23)")) == "#ff0000"


def test_another_notation_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="#fff"):
        contrast.parse("#fff")


def test_the_mark_wears_the_colors_of_the_tokens() -> None:
    assert (colors("light")["ink"], colors("light")["accent"]) == (mark.INK, mark.ACCENT)
    assert (colors("dark")["ink"], colors("dark")["accent"]) == (mark.INK_DARK, mark.ACCENT_DARK)
