"""The files of the look are whole, small and reachable by name."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from shared import design
from shared.design import mark


@pytest.mark.parametrize("sheet", design.SHEETS)
def test_a_squeezed_sheet_keeps_every_rule(sheet: str) -> None:
    source, squeezed = design.path(f"{sheet}.css").read_text(encoding="utf-8"), design.css(sheet)
    bare = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    assert squeezed.count("{") == bare.count("{") == squeezed.count("}")
    assert "/*" not in squeezed
    assert len(squeezed) < len(source)


def test_squeezing_leaves_what_depends_on_spaces() -> None:
    source = "a :hover > b { margin: calc(1px + 2px) 0; }\n/* gone */\n@media (width >= 40rem) { p { color: red; } }"
    assert design.squeeze(source) == "a :hover > b{margin:calc(1px + 2px) 0}@media (width >= 40rem){p{color:red}}"


def test_every_token_a_sheet_uses_is_declared_by_it_or_by_one_before() -> None:
    declared: set[str] = set()
    for sheet in design.SHEETS:
        declared |= set(re.findall(r"(--[\w-]+):", design.css(sheet)))
        assert set(re.findall(r"var\((--[\w-]+)", design.css(sheet))) - declared == set()


def test_the_font_is_asked_for_where_the_site_serves_it() -> None:
    assert 'url("/assets/display.woff2")' in design.css("font")
    assert 'url("/static/1/display.woff2")' in design.css("font", assets="/static/1/")


def test_the_fonts_are_small_and_hold_the_letters_they_promise() -> None:
    latin, rest = design.path("display.woff2"), design.path("display-ext.woff2")
    assert latin.stat().st_size + rest.stat().st_size <= 25 * 1024
    assert set(map(ord, "Ag09é€–’…")) <= set(TTFont(latin).getBestCmap())
    assert set(map(ord, "ășțőłž")) <= set(TTFont(rest).getBestCmap())
    assert [(axis.axisTag, axis.minValue, axis.maxValue) for axis in TTFont(latin)["fvar"].axes] == [("wght", 400, 700)]


def test_licenses_lie_beside_what_came_from_elsewhere() -> None:
    folder = design.path("icons.svg").parent
    assert "SIL OPEN FONT LICENSE" in (folder / "display.LICENSE.txt").read_text(encoding="utf-8").upper()
    assert "ISC License" in (folder / "icons.LICENSE.txt").read_text(encoding="utf-8")


def test_the_sprite_is_one_valid_document_with_every_named_icon() -> None:
    root = ET.fromstring(design.path("icons.svg").read_text(encoding="utf-8"))
    assert [symbol.get("id") for symbol in root] == design.icon_names()
    assert {"inbox", "search", "trash-2", "menu", "webhook"} <= set(design.icon_names())
    assert all(len(symbol) > 0 for symbol in root)


def test_an_icon_is_silent_unless_it_has_a_title() -> None:
    assert 'aria-hidden="true"' in design.icon("inbox")
    assert 'aria-label="Close &quot;it&quot;"' in design.icon("x", 'Close "it"')
    assert '<use href="/static/icons.svg#x"/>' in design.icon("x", sprite="/static/icons.svg")
    assert ET.fromstring(design.icon("x")).get("viewBox") == "0 0 24 24"


def test_an_unknown_icon_or_file_is_refused_by_name() -> None:
    with pytest.raises(design.MissingAssetError, match="unicorn"):
        design.icon("unicorn")
    for name in ("nothing.css", "mark.py", "../site.py"):
        with pytest.raises(design.MissingAssetError):
            design.path(name)


def test_the_mark_is_eight_strokes_around_the_middle() -> None:
    drawn = mark.strokes(5, 2)
    ends = [(x, y) for _, _, x, y in drawn]
    assert len(drawn) == 8
    assert sum(x for x, _ in ends) / 8 == pytest.approx(32)
    assert sum(y for _, y in ends) / 8 == pytest.approx(32)
    assert design.svg("mark").count("M") == 8
    assert "mark-last" in design.svg()


@pytest.mark.parametrize(("name", "size"), [("icon-32.png", 32), ("icon-180.png", 180), ("icon-512.png", 512)])
def test_icons_have_the_size_in_their_name(name: str, size: int) -> None:
    with Image.open(io.BytesIO(design.path(name).read_bytes())) as image:
        assert image.size == (size, size)


def test_the_favicon_serves_both_small_sizes() -> None:
    with Image.open(design.path("favicon.ico")) as icon:
        assert icon.info["sizes"] == {(16, 16), (32, 32)}
    assert "prefers-color-scheme" in design.svg("favicon")
