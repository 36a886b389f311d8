"""Checks a built site: links, anchors, images, ids, feeds, the sitemap and file sizes."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from xml.etree import ElementTree

from blog.errors import Problem

PAGE_LIMIT = 14 * 1024
"""Compressed bytes of a page: the initial congestion window of TCP (RFC 6928) carries as much."""
LIST_LIMIT = 40 * 1024
"""The archive and the tag pages may be larger: they grow with the blog, and few visits begin there."""
SEARCH_LIMIT = 64 * 1024
SCRIPT_LIMIT = 2 * 1024

_URL_ATTRIBUTES = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src", "form": "action"}
_IMPORT = re.compile(r"""\bimport\(\s*["'](/[^"']+)""")
_LINK_RELS = {"stylesheet", "icon", "preload", "manifest", "apple-touch-icon", "alternate"}


class _PageParser(HTMLParser):
    """Collects the links, ids and markup problems of one page, with their lines."""

    def __init__(self, text: str) -> None:
        super().__init__()
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
        self.title_count += tag == "title"
        self.h1_count += tag == "h1"
        if "style" in attributes:
            self.problems.append((line, "An inline style attribute, which the content security policy blocks."))
        self.problems += [(line, f"An inline handler `{name}`.") for name in attributes if name.startswith("on")]
        if tag == "img":
            self._check_image(attributes, line)
        if tag == "link" and not _LINK_RELS & set(attributes.get("rel", "").split()):
            return
        url = attributes.get(_URL_ATTRIBUTES.get(tag, ""), "")
        if url:
            self.links.append((url, line))
        for candidate in attributes.get("srcset", "").split(","):
            if candidate.strip():
                self.links.append((candidate.split()[0], line))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.links += [(url, self.getpos()[0]) for url in _IMPORT.findall(data)]

    def _check_image(self, attributes: dict[str, str], line: int) -> None:
        url = attributes.get("src", "")
        if "alt" not in attributes:
            self.problems.append((line, f"The image {url} has no `alt`."))
        if not attributes.get("width") or not attributes.get("height"):
            self.problems.append((line, f"The image {url} has no width and height."))


def check_site(dist: Path) -> list[Problem]:
    """Returns every problem of the built site, sorted by file. It makes no request to other hosts."""
    if not dist.is_dir():
        return [Problem(str(dist), 0, "There is no such folder.")]
    files = {file.relative_to(dist).as_posix() for file in dist.rglob("*") if file.is_file()}
    html_files = sorted(name for name in files if name.endswith(".html"))
    pages = {name: _PageParser((dist / name).read_text(encoding="utf-8")) for name in html_files}
    problems: list[Problem] = []
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
    problems += _check_sizes(dist, files)
    problems += _check_feeds(dist, files)
    problems += _check_sitemap(dist, files)
    return sorted(problems)


def _check_links(name: str, page: _PageParser, files: set[str], pages: dict[str, _PageParser]) -> list[Problem]:
    page_path = "/" + name.removesuffix("index.html")
    problems = []
    for url, line in page.links:
        if urlsplit(url).scheme or url.startswith("//"):
            continue
        path, anchor = urldefrag(urljoin(page_path, url))
        target = _find_file(unquote(urlsplit(path).path), files)
        if target is None:
            problems.append(Problem(name, line, f"The link {url} leads to no file."))
        elif anchor and target in pages and unquote(anchor) not in pages[target].ids and anchor != "top":
            problems.append(Problem(name, line, f"The link {url} names an anchor that its page does not have."))
    return problems


def _find_file(path: str, files: set[str]) -> str | None:
    name = path.lstrip("/")
    index = f"{name}index.html" if not name or name.endswith("/") else f"{name}/index.html"
    return name if name in files else index if index in files else None


def _check_sizes(dist: Path, files: set[str]) -> list[Problem]:
    problems = []
    for name in sorted(files):
        limit = _get_size_limit(name)
        if not limit:
            continue
        size = len(gzip.compress((dist / name).read_bytes(), 6))
        if size > limit:
            problems.append(Problem(name, 0, f"The file has {size:,} bytes compressed; the limit is {limit:,}."))
    return problems


def _get_size_limit(name: str) -> int:
    if name.endswith("search.js"):
        return SCRIPT_LIMIT
    if name.endswith("search.json"):
        return SEARCH_LIMIT
    if name.endswith(".html"):
        return LIST_LIMIT if "archive/" in name or "tags/" in name else PAGE_LIMIT
    return 0


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
        if any(mark in (content.text or "") for content in contents for mark in ('href="/', 'src="/', 'href="#')):
            problems.append(Problem(name, 0, "The content of an entry has a relative URL."))
    for name in sorted(file for file in files if file.endswith(("posts.json", "search.json"))):
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
