"""The tokens hold WCAG AA in both themes, computed from the style sheet itself."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest
from PIL import Image

from shared import design
from shared.design import contrast, mark, tokens

TEXT = ["ink", "soft", "faint", "accent", "good", "warn", "bad"]


@pytest.mark.parametrize("theme", tokens.THEMES)
def test_every_demand_is_held(theme: str) -> None:
    assert tokens.broken(tokens.read()[theme]) == []


def test_text_edges_dots_washes_and_buttons_are_all_demanded() -> None:
    demanded = {(demand.word, demand.ground): demand.least for demand in tokens.DEMANDS}
    surfaces = ("paper", "raised", "sunk")
    assert all(demanded[pair] == 4.5 for pair in itertools.product(TEXT, surfaces))
    shapes = ["edge", *(name for name in tokens.read()["light"] if name.startswith("stage-"))]
    assert len(shapes) == 7
    assert all(demanded[pair] == 3 for pair in itertools.product(shapes, surfaces))
    washes = [name for name in tokens.read()["dark"] if name.endswith("-wash")]
    assert len(washes) == 4
    assert all(demanded[wash.removesuffix("-wash"), wash] == 4.5 for wash in washes)
    assert all(demanded["ink", wash] == 7 for wash in washes)
    assert demanded["on-accent", "accent"] == 4.5


def test_a_color_too_faint_is_reported_with_its_ratio() -> None:
    pale = {**tokens.read()["light"], "accent": "oklch(0.70 0.19 277)"}
    found = {broken.demand.ground: broken.ratio for broken in tokens.broken(pale)}
    assert set(found) >= {"paper", "raised", "sunk", "accent-wash"}
    assert 2 < found["paper"] < 4.5


def test_the_way_from_pixels_to_oklch_and_back_is_exact() -> None:
    chance = random.Random(8)
    for _ in range(200):
        color = f"#{chance.randrange(1 << 24):06x}"
        there = contrast.oklch(contrast.from_hexadecimal(color))
        assert contrast.hexadecimal(contrast.linear_srgb(*there)) == color
    assert contrast.from_hexadecimal("#0f8") == contrast.from_hexadecimal("#00ff88")
    with pytest.raises(ValueError, match="teal"):
        contrast.from_hexadecimal("teal")


def test_contrast_agrees_with_the_standard() -> None:
    white, black = contrast.parse("oklch(1 0 0)"), contrast.parse("oklch(0 0 0)")
    assert contrast.ratio(white, black) == pytest.approx(21, abs=0.01)
    assert contrast.hexadecimal(contrast.parse("oklch(0.628 0.2577 29.23)")) == "#ff0000"


def test_another_notation_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="#fff"):
        contrast.parse("#fff")


def test_the_mark_wears_the_colors_of_the_tokens(tmp_path: Path) -> None:
    mark.write(tmp_path)
    for name in ("mark.svg", "favicon.svg"):
        assert (tmp_path / name).read_text() == design.path(name).read_text()
    for name in ("icon-32.png", "icon-180.png", "icon-512.png"):
        with Image.open(tmp_path / name) as drawn, Image.open(design.path(name)) as kept:
            assert drawn.convert("RGBA").tobytes() == kept.convert("RGBA").tobytes()
