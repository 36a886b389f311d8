"""Checks a built site: links, anchors, images, ids, feeds, the sitemap and file sizes."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from xml.etree import ElementTree

from blog.errors import Problem

LIMITS = {"page": 14, "list": 40, "search": 64, "script": 2}
"""Compressed kilobytes above which a file is reported. They are advice: a larger file works, but loads slower.

The initial congestion window of TCP (RFC 6928) carries 14. The archive and the tag pages may be larger, because they
grow with the blog and few visits begin there. `blog.toml` and the command line can set others.
"""

_URL_ATTRIBUTES = {
    "a": ("href",),
    "area": ("href",),
    "audio": ("src",),
    "form": ("action",),
    "iframe": ("src",),
    "img": ("src",),
    "link": ("href",),
    "script": ("src",),
    "source": ("src",),
    "track": ("src",),
    "video": ("src", "poster"),
}
_SEARCH_INDEX = re.compile(r"(^|/)search(-\d+)?\.json$")
_LIST = re.compile(r"(^|/)(archive|tags)/")
_IMPORT = re.compile(r"""\bimport\(\s*["'](/[^"']+)""")
_CANDIDATE = re.compile(r"\s*(\S*[^\s,])(?:\s+[\d.]+[wx])?\s*(?:,|$)")
_LINK_RELS = {"stylesheet", "icon", "preload", "manifest", "apple-touch-icon", "alternate"}


class _PageParser(HTMLParser):
    """Collects the links, ids and markup problems of one page, with their lines."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.svg_depth = 0
        self.names: set[str] = set()
        self.links: list[tuple[str, int]] = []
        self.ids: Counter[str] = Counter()
        self.problems: list[tuple[int, str]] = []
        self.title_count = 0
        self.h1_count = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        line = self.getpos()[0]
        if "id" in attributes:
            self.ids[attributes["id"]] += 1
        if tag == "a" and "name" in attributes:
            self.names.add(attributes["name"])
        self.svg_depth += tag == "svg"
        # A drawing may have a title of its own.
        self.title_count += tag == "title" and not self.svg_depth
        self.h1_count += tag == "h1"
        if "style" in attributes:
            self.problems.append((line, "An inline style attribute, which the content security policy blocks."))
        self.problems += [(line, f"An inline handler `{name}`.") for name in attributes if name.startswith("on")]
        if tag == "img":
            self._check_image(attributes, line)
        if tag == "link" and not _LINK_RELS & set(attributes.get("rel", "").split()):
            return
        self.links += [(attributes[name], line) for name in _URL_ATTRIBUTES.get(tag, ()) if attributes.get(name)]
        self.links += [(url, line) for url in _CANDIDATE.findall(attributes.get("srcset", ""))]

    def handle_endtag(self, tag: str) -> None:
        self.svg_depth -= tag == "svg" and self.svg_depth > 0

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.links += [(url, self.getpos()[0]) for url in _IMPORT.findall(data)]

    def has_anchor(self, anchor: str) -> bool:
        """Returns whether a link to the anchor finds a place on the page."""
        return any(
            name in self.ids or name in self.names or name.lower() == "top" for name in (anchor, unquote(anchor))
        )

    def _check_image(self, attributes: dict[str, str], line: int) -> None:
        url = attributes.get("src", "")
        if "alt" not in attributes:
            self.problems.append((line, f"The image {url} has no `alt`."))
        # The build knows the sizes of the site's own images only.
        is_own = not _has_scheme(url) and not url.startswith("//")
        if is_own and (not attributes.get("width") or not attributes.get("height")):
            self.problems.append((line, f"The image {url} has no width and height."))


def check_site(dist: Path, limits: Mapping[str, int] | None = None) -> list[Problem]:
    """Returns every problem of the built site, sorted by file. It makes no request to other hosts.

    What breaks a page is an error. A file over its limit is a warning; `limits` replaces `LIMITS` and those that the
    build noted in `build.json`.
    """
    if not dist.is_dir():
        return [Problem(str(dist), 0, "There is no such folder.")]
    files = {file.relative_to(dist).as_posix() for file in dist.rglob("*") if file.is_file()}
    html_files = sorted(name for name in files if name.endswith(".html"))
    pages: dict[str, _PageParser] = {}
    problems: list[Problem] = []
    for name in html_files:
        try:
            pages[name] = _PageParser((dist / name).read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            problems.append(Problem(name, 0, "The page is not UTF-8 text."))
    for name, page in pages.items():
        problems += [Problem(name, line, message) for line, message in page.problems]
        problems += [
            Problem(name, 0, f"The id `{id_}` is used {count} times.") for id_, count in page.ids.items() if count > 1
        ]
        if page.title_count != 1:
            problems.append(Problem(name, 0, f"The page has {page.title_count} titles."))
        if page.h1_count > 1:
            problems.append(Problem(name, 0, f"The page has {page.h1_count} first-level headings."))
        problems += _check_links(name, page, files, pages)
    problems += _check_sizes(dist, files, {**LIMITS, **_read_limits(dist), **(limits or {})})
    problems += _check_feeds(dist, files)
    problems += _check_sitemap(dist, files)
    return sorted(problems)


def _check_links(name: str, page: _PageParser, files: set[str], pages: dict[str, _PageParser]) -> list[Problem]:
    page_path = "/" + name.removesuffix("index.html")
    problems = []
    for url, line in page.links:
        try:
            if urlsplit(url).scheme or url.startswith("//"):
                continue
            path, anchor = urldefrag(urljoin(page_path, url))
        except ValueError:
            problems.append(Problem(name, line, f"The link {url} is not a URL."))
            continue
        # A text fragment marks words of the page; it names no anchor.
        anchor = anchor.partition(":~:")[0]
        target = _find_file(unquote(urlsplit(path).path), files)
        if target is None:
            problems.append(Problem(name, line, f"The link {url} leads to no file."))
        elif anchor and target in pages and not pages[target].has_anchor(anchor):
            problems.append(Problem(name, line, f"The link {url} names an anchor that its page does not have."))
    return problems


def _find_file(path: str, files: set[str]) -> str | None:
    name = path.lstrip("/")
    index = f"{name}index.html" if not name or name.endswith("/") else f"{name}/index.html"
    return name if name in files else index if index in files else None


def _read_limits(dist: Path) -> dict[str, int]:
    try:
        info = json.loads((dist / "build.json").read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(info, dict):
        return {}
    return {name: info[f"{name}_limit"] for name in LIMITS if isinstance(info.get(f"{name}_limit"), int)}


def _check_sizes(dist: Path, files: set[str], limits: Mapping[str, int]) -> list[Problem]:
    problems = []
    for name in sorted(files):
        kind = _get_kind(name)
        if not kind:
            continue
        limit = limits[kind] * 1024
        size = len(gzip.compress((dist / name).read_bytes(), 6))
        if size > limit:
            message = f"The file has {size:,} bytes compressed; more than {limit:,} load slowly."
            problems.append(Problem(name, 0, message, is_warning=True))
    return problems


def _get_kind(name: str) -> str:
    """Returns the kind of limit that a file has, or an empty text."""
    if name.endswith("search.js"):
        return "script"
    if _SEARCH_INDEX.search(name):
        return "search"
    if name.endswith(".html"):
        return "list" if _LIST.search(name) else "page"
    return ""


class _RelativeUrls(HTMLParser):
    """Finds the first URL of a feed entry that is not absolute. Text is not markup, so code may show any URL."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found = ""
        self.feed(text)

    def handle_starttag(self, _: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            urls = _CANDIDATE.findall(value or "") if name == "srcset" else [value or ""]
            if name in {"href", "src", "poster", "srcset"}:
                self.found = self.found or next((url for url in urls if url and not _has_scheme(url)), "")


def _has_scheme(url: str) -> bool:
    return re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", url) is not None


def _check_feeds(dist: Path, files: set[str]) -> list[Problem]:
    problems = []
    for name in sorted(file for file in files if file.endswith(("rss.xml", "atom.xml"))):
        try:
            root = ElementTree.parse(dist / name).getroot()  # noqa: S314 - our own output
        except ElementTree.ParseError as error:
            problems.append(Problem(name, error.position[0], f"Not well-formed: {error}."))
            continue
        links = [
            link.get("href", "") for link in root.iter("{http://www.w3.org/2005/Atom}link") if link.get("rel") == "self"
        ]
        if not any(link.endswith(name) for link in links):
            problems.append(Problem(name, 0, "The feed does not link to itself."))
        contents = [
            *root.iter("{http://purl.org/rss/1.0/modules/content/}encoded"),
            *root.iter("{http://www.w3.org/2005/Atom}content"),
        ]
        for content in contents:
            url = _RelativeUrls(content.text or "").found
            if url:
                problems.append(Problem(name, 0, f"The content of an entry has the relative URL {url}."))
                break
    for name in sorted(file for file in files if file.endswith("posts.json") or _SEARCH_INDEX.search(file)):
        try:
            json.loads((dist / name).read_bytes())
        except ValueError as error:
            problems.append(Problem(name, 0, f"Not JSON: {error}."))
    return problems


def _check_sitemap(dist: Path, files: set[str]) -> list[Problem]:
    name = "sitemap.xml"
    if name not in files:
        return [Problem(name, 0, "There is no sitemap.")]
    try:
        root = ElementTree.parse(dist / name).getroot()  # noqa: S314 - our own output
    except ElementTree.ParseError as error:
        return [Problem(name, error.position[0], f"Not well-formed: {error}.")]
    urls = [entry.text or "" for entry in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    problems = [Problem(name, 0, f"{url} is listed twice.") for url, count in Counter(urls).items() if count > 1]
    for url in urls:
        parts = urlsplit(url)
        if not parts.scheme or _find_file(unquote(parts.path), files) is None:
            problems.append(Problem(name, 0, f"{url} leads to no file."))
        elif parts.path.endswith("404.html"):
            problems.append(Problem(name, 0, "The sitemap lists the 404 page."))
    return problems
