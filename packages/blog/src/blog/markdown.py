"""Markdown to the HTML of a post's body.

What Markdown leaves out is added here: anchors and the contents list, colored code, tables that scroll in a region the
keyboard reaches, pictures with their size, and addresses that hold wherever the blog is placed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import NamedTuple

import pyromark

from blog.highlight import highlight
from blog.picture import Picture
from blog.slugs import slugify

_O = pyromark.Options
OPTIONS = (
    _O.ENABLE_TABLES
    | _O.ENABLE_FOOTNOTES
    | _O.ENABLE_STRIKETHROUGH
    | _O.ENABLE_SMART_PUNCTUATION
    | _O.ENABLE_HEADING_ATTRIBUTES
    | _O.ENABLE_GFM
)
WORDS_A_MINUTE = 220


class Heading(NamedTuple):
    level: int
    id: str
    text: str


class Body(NamedTuple):
    """A rendered body. `minutes` is the time to read its prose; code is not counted."""

    html: str
    headings: tuple[Heading, ...]
    minutes: int


Resolve = Callable[[str], str]
Depict = Callable[[str], Picture | None]

_HEADING = re.compile(r"<h([1-6])((?: [a-z]+=\"[^\"]*\")*)>(.*?)</h\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_ID = re.compile(r' id="([^"]*)"')
_IMAGE = re.compile(r'<img src="([^"]*)" alt="([^"]*)"(?: title="([^"]*)")? />')
_ALONE = re.compile(r"<p>(<img [^>]*>|<picture>.*?</picture>)</p>", re.DOTALL)
_LINK = re.compile(r'<a href="([^"]*)"')
_CELL = re.compile(r'<(t[hd]) style="text-align: (left|center|right)">')
_ALIGNED = {"left": "", "center": ' class="mid"', "right": ' class="num"'}


def render_markdown(text: str, *, resolve: Resolve, depict: Depict) -> Body:
    """The body of a post.

    `resolve` turns a link's address as written into the published one; `depict` does so for pictures and adds their
    size, or answers None for pictures that are not the site's own.
    """
    html = pyromark.html(text, options=OPTIONS, highlight=_code)
    headings: list[Heading] = []
    html = _HEADING.sub(_anchors(headings), html)
    if "<img " in html:
        html = _pictures(html, depict)
    html = _LINK.sub(lambda link: f'<a href="{resolve(link[1])}"', html)
    if "<table>" in html:
        html = _tables(html)
    html = html.replace("<br />", "<br>").replace("<hr />", "<hr>")
    return Body(html, tuple(headings), reading_minutes(text))


def reading_minutes(text: str) -> int:
    """Minutes to read the prose of a Markdown text, at least one. Fenced code is left out."""
    words = sum(part.count(" ") + part.count("\n") for part in text.split("```")[::2])
    return max(1, round(words / WORDS_A_MINUTE))


def _code(language: str | None, code: str) -> str:
    # The keyboard must reach a block that scrolls, hence the tab stop.
    name = slugify((language or "").split(",")[0])
    label = f' data-lang="{name}"' if name else ""
    return f'<pre tabindex="0"{label}><code>{highlight(code, name)}</code></pre>\n'


def _anchors(headings: list[Heading]) -> Callable[[re.Match[str]], str]:
    """A replacement that gives each heading an id and makes it a link to itself, and notes it in `headings`."""
    taken: set[str] = set()

    def replace(match: re.Match[str]) -> str:
        # The title of the page is its only first-level heading.
        level = max(2, int(match[1]))
        inner = match[3]
        words = unescape(_TAG.sub("", inner)).strip()
        given = _ID.search(match[2])
        wanted = given[1] if given else slugify(words) or "section"
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}-{number}", number + 1
        taken.add(name)
        headings.append(Heading(level, name, words))
        rest = _ID.sub("", match[2])
        inside = inner if "<a " in inner else f'<a href="#{name}">{inner}</a>'
        return f'<h{level} id="{name}"{rest}>{inside}</h{level}>'

    return replace


def _pictures(html: str, depict: Depict) -> str:
    first = html.lstrip().startswith("<p><img ")

    def replace(match: re.Match[str]) -> str:
        nonlocal first
        picture = depict(match[1])
        url = picture.url if picture else match[1]
        title = f' title="{match[3]}"' if match[3] else ""
        size = f' width="{picture.width}" height="{picture.height}"' if picture and picture.width else ""
        # Only a picture that opens the post is in the first view.
        when = ' fetchpriority="high"' if first else ' loading="lazy" decoding="async"'
        first = False
        image = f'<img src="{url}" alt="{match[2]}"{title}{size}{when}>'
        return f"<picture>{picture.sources}{image}</picture>" if picture and picture.sources else image

    return _ALONE.sub(r"<figure>\1</figure>", _IMAGE.sub(replace, html))


def _tables(html: str) -> str:
    # A style attribute would be refused by the page's content policy; a wide table scrolls by itself, not the page.
    html = _CELL.sub(lambda cell: f"<{cell[1]}{_ALIGNED[cell[2]]}>", html)
    number = 0

    def wrap(_: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f'<div class="table-scroll" role="region" aria-label="Table {number}" tabindex="0"><table>'

    return re.sub("<table>", wrap, html).replace("</table>", "</table></div>")
