"""Renders Markdown to the HTML of a post.

It adds what the Markdown library leaves out: heading anchors, colored code, scrollable tables, image sizes and
published URLs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import NamedTuple

import pyromark

from blog.highlight import highlight
from blog.images import SiteImage
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
WORDS_PER_MINUTE = 220


class Heading(NamedTuple):
    level: int
    id: str
    text: str


class RenderedMarkdown(NamedTuple):
    """`minutes` is the reading time without the code."""

    html: str
    headings: tuple[Heading, ...]
    minutes: int


ResolveLink = Callable[[str], str]
FindImage = Callable[[str], SiteImage | None]

_HEADING = re.compile(r"<h([1-6])((?: [a-z]+=\"[^\"]*\")*)>(.*?)</h\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_ID = re.compile(r' id="([^"]*)"')
_IMAGE = re.compile(r'<img src="([^"]*)" alt="([^"]*)"(?: title="([^"]*)")? />')
_STANDALONE_IMAGE = re.compile(r"<p>(<img [^>]*>|<picture>.*?</picture>)</p>", re.DOTALL)
_LINK = re.compile(r'<a href="([^"]*)"')
_ALIGNED_CELL = re.compile(r'<(t[hd]) style="text-align: (left|center|right)">')
_ALIGNMENT_CLASSES = {"left": "", "center": ' class="align-center"', "right": ' class="num"'}


def render_markdown(text: str, *, resolve_link: ResolveLink, find_image: FindImage) -> RenderedMarkdown:
    """Returns the rendered text.

    `resolve_link` returns the published URL of a link. `find_image` returns the site's image for a URL, or None for an
    image of another site.
    """
    html = pyromark.html(text, options=OPTIONS, highlight=_render_code)
    headings: list[Heading] = []
    html = _HEADING.sub(_create_heading_replacer(headings), html)
    if "<img " in html:
        html = _render_images(html, find_image)
    html = _LINK.sub(lambda link: f'<a href="{resolve_link(link[1])}"', html)
    if "<table>" in html:
        html = _wrap_tables(html)
    html = html.replace("<br />", "<br>").replace("<hr />", "<hr>")
    return RenderedMarkdown(html, tuple(headings), estimate_minutes(text))


def estimate_minutes(text: str) -> int:
    """Returns the reading time of a Markdown text in minutes, at least 1. Fenced code does not count."""
    words = sum(part.count(" ") + part.count("\n") for part in text.split("```")[::2])
    return max(1, round(words / WORDS_PER_MINUTE))


def _render_code(language: str | None, code: str) -> str:
    # A scrollable block needs a tab stop, so that keyboard users can scroll it.
    name = slugify((language or "").split(",")[0])
    label = f' data-lang="{name}"' if name else ""
    return f'<pre tabindex="0"{label}><code>{highlight(code, name)}</code></pre>\n'


def _create_heading_replacer(headings: list[Heading]) -> Callable[[re.Match[str]], str]:
    """Returns a replacer that gives each heading an id and a link to itself, and adds it to `headings`."""
    used_ids: set[str] = set()

    def replace(match: re.Match[str]) -> str:
        # The page's title is its only first-level heading.
        level = max(2, int(match[1]))
        inner = match[3]
        text = unescape(_TAG.sub("", inner)).strip()
        explicit_id = _ID.search(match[2])
        base_id = explicit_id[1] if explicit_id else slugify(text) or "section"
        id_, number = base_id, 2
        while id_ in used_ids:
            id_, number = f"{base_id}-{number}", number + 1
        used_ids.add(id_)
        headings.append(Heading(level, id_, text))
        attributes = _ID.sub("", match[2])
        content = inner if "<a " in inner else f'<a href="#{id_}">{inner}</a>'
        return f'<h{level} id="{id_}"{attributes}>{content}</h{level}>'

    return replace


def _render_images(html: str, find_image: FindImage) -> str:
    is_first = html.lstrip().startswith("<p><img ")

    def replace(match: re.Match[str]) -> str:
        nonlocal is_first
        image = find_image(match[1])
        url = image.url if image else match[1]
        title = f' title="{match[3]}"' if match[3] else ""
        size = f' width="{image.width}" height="{image.height}"' if image and image.width else ""
        # Only an image at the start of the post is visible at once.
        loading = ' fetchpriority="high"' if is_first else ' loading="lazy" decoding="async"'
        is_first = False
        element = f'<img src="{url}" alt="{match[2]}"{title}{size}{loading}>'
        return f"<picture>{image.sources}{element}</picture>" if image and image.sources else element

    return _STANDALONE_IMAGE.sub(r"<figure>\1</figure>", _IMAGE.sub(replace, html))


def _wrap_tables(html: str) -> str:
    """Puts every table into a scrollable region, and replaces style attributes, which the CSP blocks, by classes."""
    html = _ALIGNED_CELL.sub(lambda cell: f"<{cell[1]}{_ALIGNMENT_CLASSES[cell[2]]}>", html)
    number = 0

    def wrap(_: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f'<div class="table-scroll" role="region" aria-label="Table {number}" tabindex="0"><table>'

    return re.sub("<table>", wrap, html).replace("</table>", "</table></div>")
