"""The look every page shares: style sheets, the octagon mark, the icon sprite, the display font.

The files lie beside this module. `mark.py`, `make_sprite.py` and `make_font.py` made the drawn ones; run
those again only to change them.
"""

from __future__ import annotations

import functools
import re
from html import escape
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent

SHEETS: Final = ("tokens", "font", "base", "app", "records", "reports")
"""The style sheets, in the order a page loads them. `app` and `records` are the CRM's, `font` has the display face."""


class MissingAssetError(LookupError):
    """The look has no file or icon of this name."""


def path(name: str) -> Path:
    """Path of a file of the look: `display.woff2`, `icons.svg`, `favicon.ico`, `tokens.css` and so on."""
    found = _FOLDER / name
    if found.parent != _FOLDER or not found.is_file() or found.suffix == ".py":
        raise MissingAssetError(f"The look has no file {name!r}. It has: {', '.join(files())}.")
    return found


def files() -> list[str]:
    """Names of the files a site may serve, sorted."""
    kinds = {".css", ".svg", ".woff2", ".png", ".ico"}
    return sorted(file.name for file in _FOLDER.iterdir() if file.suffix in kinds)


@functools.cache
def css(name: str, *, assets: str = "/assets/") -> str:
    """A style sheet without comments and idle space, ready to be put inside a page or served.

    `name` is one of `SHEETS`, with or without `.css`. `assets` is the address below which the site serves
    `display.woff2`; only the sheet `font` needs it.
    """
    text = path(name if name.endswith(".css") else f"{name}.css").read_text(encoding="utf-8")
    return squeeze(text).replace('url("', f'url("{assets}')


def squeeze(text: str) -> str:
    """CSS without comments and idle space. The order and meaning of every rule stay; strings must hold no `{};,`."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};,]) ?", r"\1", text)
    return re.sub(r": ", ":", text).replace(";}", "}").strip()


@functools.cache
def svg(name: str = "mark") -> str:
    """The source of a drawing: `mark` (takes the color of the text, its last stroke the accent) or `favicon`."""
    return path(f"{name}.svg").read_text(encoding="utf-8").strip()


@functools.cache
def _symbols() -> dict[str, str]:
    sprite = path("icons.svg").read_text(encoding="utf-8")
    return dict(re.findall(r'<symbol id="([^"]+)"[^>]*>(.*?)</symbol>', sprite, flags=re.DOTALL))


def icon_names() -> list[str]:
    """Names of all icons of the sprite, sorted."""
    return sorted(_symbols())


def icon(name: str, title: str = "", *, sprite: str = "") -> str:
    """Markup of one icon, hidden from assistive technology unless it has a `title`.

    With `sprite` (the address of `icons.svg`) the drawing is referred to, which suits pages with many icons;
    without, it is put inside, which costs no request. Raises `MissingAssetError`.
    """
    drawing = _symbols().get(name)
    if drawing is None:
        raise MissingAssetError(
            f"The sprite has no icon {name!r}. Add it to icon-names.txt, or choose one of icon_names()."
        )
    inside = f'<use href="{escape(sprite)}#{name}"/>' if sprite else drawing
    label = f'role="img" aria-label="{escape(title)}"' if title else 'aria-hidden="true"'
    return f'<svg class="icon" viewBox="0 0 24 24" {label}>{inside}</svg>'
