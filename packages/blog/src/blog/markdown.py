"""Renders Markdown to the HTML of a post.

It adds what the Markdown library leaves out: heading anchors, colored code, scrollable tables, image sizes and
published URLs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from typing import NamedTuple

import pyromark

from blog.bare_links import mark_bare_links
from blog.extensions import finish_alerts, finish_footnotes, finish_tasks
from blog.highlight import highlight
from blog.images import SiteImage
from blog.slugs import slugify
from blog.strings import ENGLISH

_O = pyromark.Options
OPTIONS = (
    _O.ENABLE_TABLES
    | _O.ENABLE_FOOTNOTES
    | _O.ENABLE_STRIKETHROUGH
    | _O.ENABLE_SMART_PUNCTUATION
    | _O.ENABLE_TASKLISTS
    | _O.ENABLE_GFM
)
WORDS_PER_MINUTE = 220
LETTERS_PER_MINUTE = 500
"""Of Chinese and Japanese, whose scripts have no spaces."""
SMALL_LETTERS_PER_MINUTE = 1100
"""Of Thai, Lao, Khmer and Burmese, whose words have about five letters and no spaces."""


class Heading(NamedTuple):
    level: int
    id: str
    text: str


class RenderedMarkdown(NamedTuple):
    """`minutes` is the reading time without the code. With `has_extras`, the page needs the style sheet `extras`."""

    html: str
    headings: tuple[Heading, ...]
    minutes: int
    has_extras: bool = False


ResolveLink = Callable[[str], str]
FindImage = Callable[[str], SiteImage | None]
Report = Callable[[str, str], None]

_HEADING = re.compile(r"<h([1-6])((?: [a-z]+=\"[^\"]*\")*)>(.*?)</h\1>", re.DOTALL)
_HTML = re.compile(r"<(?:a|area|audio|embed|iframe|img|link|object|script|source|track|video)\s", re.IGNORECASE)
"""Markdown without a match has no HTML that `embeds` would change."""
_TAG = re.compile(r"<[^>]+>")
_ID = re.compile(r' id="([^"]*)"')
_IMAGE = re.compile(r'<img src="([^"]*)" alt="([^"]*)"(?: title="([^"]*)")? />')
_STANDALONE_IMAGE = re.compile(r"<p>(<img [^>]*>|<picture>.*?</picture>)</p>", re.DOTALL)
_LINK = re.compile(r'<a href="([^"]*)"')
_FOOTNOTE = re.compile(r'<sup class="footnote[^"]*">.*?</sup>')
_HEADING_ATTRIBUTES = re.compile(r"\s*\{\s*((?:[#.][^\s{}#.<>]+\s*)+)\}\s*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_LARGE_LETTER = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_SPACED_BYTES = bytes([*range(0xE0), 0xE2])
"""UTF-8 bytes of the scripts with spaces, and of punctuation: a text of them needs no search for letters."""
_SMALL_LETTER = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_ALIGNED_CELL = re.compile(r'<(t[hd]) style="text-align: (left|center|right)">')
_ALIGNMENT_CLASSES = {"left": "", "center": ' class="align-center"', "right": ' class="num"'}


def render_markdown(
    text: str,
    *,
    resolve_link: ResolveLink,
    find_image: FindImage,
    report: Report = lambda *_: None,
    strings: Mapping[str, str] = ENGLISH,
    image_hosts: tuple[str, ...] = (),
) -> RenderedMarkdown:
    """Returns the rendered text.

    `resolve_link` returns the published URL of a link. `find_image` returns the site's image for a URL, or None for an
    image of another site. `report` receives warnings, each with the text it is about.
    """
    html = pyromark.html(mark_bare_links(text, OPTIONS), options=OPTIONS, highlight=_render_code)
    has_extras = False
    if "[^" in text and 'class="footnote-' in html:
        has_extras = True
        html = finish_footnotes(html, strings)
    headings: list[Heading] = []
    html = _HEADING.sub(_create_heading_replacer(headings), html)
    if "[" in text and 'type="checkbox"' in html:
        has_extras = True
        html = finish_tasks(html, strings)
    if "[!" in text and 'class="markdown-alert-' in html:
        has_extras = True
        html = finish_alerts(html, strings)
    if "<" in text and _HTML.search(text):
        from blog.embeds import rewrite_html

        has_extras = True
        html = rewrite_html(
            html,
            resolve_link=resolve_link,
            find_image=find_image,
            report=report,
            strings=strings,
            image_hosts=image_hosts,
        )
    else:
        html = _LINK.sub(lambda link: f'<a href="{resolve_link(link[1])}"', html)
    if "<img " in html:
        html = _render_images(html, find_image, report, image_hosts)
    if "<table>" in html:
        html = _wrap_tables(html, strings["table"])
    if " />" in html:
        html = html.replace("<br />", "<br>").replace("<hr />", "<hr>")
    return RenderedMarkdown(html, tuple(headings), estimate_minutes(text), has_extras)


def estimate_minutes(text: str) -> int:
    """Returns the reading time of a Markdown text in minutes, at least 1. Fenced code does not count."""
    if "```" in text or "~~~" in text:
        has_plain_fences = "~~~" not in text and "````" not in text
        text = "".join(text.split("```")[::2]) if has_plain_fences else _FENCE.sub("", text)
    minutes = 0.0
    if not text.isascii() and text.encode().translate(None, _SPACED_BYTES):
        large, small = len(_LARGE_LETTER.findall(text)), len(_SMALL_LETTER.findall(text))
        minutes = large / LETTERS_PER_MINUTE + small / SMALL_LETTERS_PER_MINUTE
        if large or small:
            text = _SMALL_LETTER.sub("", _LARGE_LETTER.sub("", text))
    return max(1, round(minutes + (text.count(" ") + text.count("\n")) / WORDS_PER_MINUTE))


def _render_code(language: str | None, code: str) -> str:
    # A scrollable block needs a tab stop, so that keyboard users can scroll it.
    name = slugify((language or "").split(",")[0])
    label = f' data-lang="{name}"' if name else ""
    return f'<pre tabindex="0"{label}><code>{highlight(code, name)}</code></pre>\n'


def _create_heading_replacer(headings: list[Heading]) -> Callable[[re.Match[str]], str]:
    """Returns a replacer that gives each heading an id and a link to itself, and adds it to `headings`."""
    # The pages have elements of these names.
    used_ids: set[str] = {"main", "q", "search-results"}

    def replace(match: re.Match[str]) -> str:
        # The page's title is its only first-level heading.
        level = max(2, int(match[1]))
        inner = match[3]
        attributes = match[2]
        own = _HEADING_ATTRIBUTES.search(inner) if inner.endswith("}") else None
        if own:
            # The library has written `--` as a dash. A class or id cannot have one otherwise.
            names = unescape(own[1]).replace("—", "---").replace("–", "--")
            inner = inner[: own.start()]
            own_ids = re.findall(r"#([^\s.#]+)", names)
            classes = " ".join(re.findall(r"\.([^\s.#]+)", names))
            attributes += f' id="{escape(own_ids[-1])}"' if own_ids else ""
            attributes += f' class="{escape(classes)}"' if classes else ""
        text = unescape(_TAG.sub("", _FOOTNOTE.sub("", inner) if "<sup" in inner else inner)).strip()
        explicit_id = _ID.search(attributes)
        base_id = explicit_id[1] if explicit_id else slugify(text) or "section"
        id_, number = base_id, 2
        while id_ in used_ids:
            id_, number = f"{base_id}-{number}", number + 1
        used_ids.add(id_)
        headings.append(Heading(level, id_, text))
        attributes = _ID.sub("", attributes)
        content = inner if "<a " in inner else f'<a href="#{id_}">{inner}</a>'
        return f'<h{level} id="{id_}"{attributes}>{content}</h{level}>'

    return replace


def _render_images(html: str, find_image: FindImage, report: Report, image_hosts: tuple[str, ...]) -> str:
    is_first = html.lstrip().startswith("<p><img ")

    def replace(match: re.Match[str]) -> str:
        nonlocal is_first
        image = find_image(match[1])
        if image is None and "//" in match[1][:8]:
            from blog.embeds import report_external

            report_external(unescape(match[1]), report, image_hosts)
        url = image.url if image else match[1]
        title = f' title="{match[3]}"' if match[3] else ""
        size = f' width="{image.width}" height="{image.height}"' if image and image.width else ""
        # Only an image at the start of the post is visible at once.
        loading = ' fetchpriority="high"' if is_first else ' loading="lazy" decoding="async"'
        is_first = False
        element = f'<img src="{url}" alt="{match[2]}"{title}{size}{loading}>'
        return f"<picture>{image.sources}{element}</picture>" if image and image.sources else element

    return _STANDALONE_IMAGE.sub(r"<figure>\1</figure>", _IMAGE.sub(replace, html))


def _wrap_tables(html: str, label: str) -> str:
    """Puts every table into a scrollable region, and replaces style attributes, which the CSP blocks, by classes."""
    html = html.replace("<tbody>\n</tbody>", "")
    html = _ALIGNED_CELL.sub(lambda cell: f"<{cell[1]}{_ALIGNMENT_CLASSES[cell[2]]}>", html)
    number = 0

    def wrap(_: re.Match[str]) -> str:
        nonlocal number
        number += 1
        name = escape(label.replace("{number}", str(number)))
        return f'<div class="table-scroll" role="region" aria-label="{name}" tabindex="0"><table>'

    return re.sub("<table>", wrap, html).replace("</table>", "</table></div>")
