"""Faults of a built site, found by reading it: links, anchors, pictures, ids, feeds, sitemap, weights."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from xml.etree import ElementTree

from blog.faults import Fault

PAGE_LIMIT = 14 * 1024
"""Compressed bytes of a page: what the first window of a connection carries."""
LIST_LIMIT = 40 * 1024
"""The archive and the tag pages grow with the blog; they are rarely where somebody arrives."""
SEARCH_LIMIT = 64 * 1024
SCRIPT_LIMIT = 2 * 1024

_ADDRESSED = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src", "form": "action"}
_IMPORTED = re.compile(r"""\bimport\(\s*["'](/[^"']+)""")
_FETCHED_RELS = {"stylesheet", "icon", "preload", "manifest", "apple-touch-icon", "alternate"}


class _Page(HTMLParser):
    """What one page holds. Positions are lines."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, int]] = []
        self.ids: Counter[str] = Counter()
        self.faults: list[tuple[int, str]] = []
        self.titles = 0
        self.first_headings = 0
        self.canonical = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        line = self.getpos()[0]
        if "id" in given:
            self.ids[given["id"]] += 1
        self.titles += tag == "title"
        self.first_headings += tag == "h1"
        if "style" in given:
            self.faults.append((line, "An inline style attribute, which the content policy refuses."))
        self.faults += [(line, f"An inline handler `{name}`.") for name in given if name.startswith("on")]
        if tag == "img":
            self._picture(given, line)
        if tag == "link" and given.get("rel") == "canonical":
            self.canonical = given.get("href", "")
        if tag == "link" and not _FETCHED_RELS & set(given.get("rel", "").split()):
            return
        address = given.get(_ADDRESSED.get(tag, ""), "")
        if address:
            self.links.append((address, line))
        for offer in given.get("srcset", "").split(","):
            if offer.strip():
                self.links.append((offer.split()[0], line))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.links += [(name, self.getpos()[0]) for name in _IMPORTED.findall(data)]

    def _picture(self, given: dict[str, str], line: int) -> None:
        name = given.get("src", "")
        if "alt" not in given:
            self.faults.append((line, f"The picture {name} has no `alt`."))
        if not given.get("width") or not given.get("height"):
            self.faults.append((line, f"The picture {name} has no width and height."))


def check(dist: Path) -> list[Fault]:
    """Every fault in the built site `dist`, by file. Addresses of other hosts are not asked for."""
    if not dist.is_dir():
        return [Fault(str(dist), 0, "There is no such folder.")]
    files = {file.relative_to(dist).as_posix() for file in dist.rglob("*") if file.is_file()}
    pages = {name: _Page((dist / name).read_text(encoding="utf-8")) for name in sorted(files) if name.endswith(".html")}
    faults: list[Fault] = []
    for name, page in pages.items():
        faults += [Fault(name, line, words) for line, words in page.faults]
        faults += [
            Fault(name, 0, f"The id `{name_}` stands {count} times.") for name_, count in page.ids.items() if count > 1
        ]
        if page.titles != 1:
            faults.append(Fault(name, 0, f"The page has {page.titles} titles."))
        if page.first_headings > 1:
            faults.append(Fault(name, 0, f"The page has {page.first_headings} first-level headings."))
        faults += _dead(name, page, files, pages)
    faults += _weights(dist, files)
    faults += _feeds(dist, files)
    faults += _sitemap(dist, files)
    return sorted(faults)


def _dead(name: str, page: _Page, files: set[str], pages: dict[str, _Page]) -> list[Fault]:
    here = "/" + name.removesuffix("index.html")
    faults = []
    for address, line in page.links:
        if urlsplit(address).scheme or address.startswith("//"):
            continue
        path, anchor = urldefrag(urljoin(here, address))
        target = _file_of(unquote(urlsplit(path).path), files)
        if target is None:
            faults.append(Fault(name, line, f"The link {address} leads nowhere."))
        elif anchor and target in pages and unquote(anchor) not in pages[target].ids and anchor != "top":
            faults.append(Fault(name, line, f"The link {address} names a place its page does not have."))
    return faults


def _file_of(path: str, files: set[str]) -> str | None:
    inside = path.lstrip("/")
    for name in (inside, f"{inside}index.html" if not inside or inside.endswith("/") else f"{inside}/index.html"):
        if name in files:
            return name
    return None


def _weights(dist: Path, files: set[str]) -> list[Fault]:
    faults = []
    for name in sorted(files):
        limit = _limit(name)
        if not limit:
            continue
        weight = len(gzip.compress((dist / name).read_bytes(), 6))
        if weight > limit:
            faults.append(Fault(name, 0, f"The file weighs {weight:,} bytes compressed; {limit:,} are allowed."))
    return faults


def _limit(name: str) -> int:
    if name.endswith("search.js"):
        return SCRIPT_LIMIT
    if name.endswith("search.json"):
        return SEARCH_LIMIT
    if name.endswith(".html"):
        return LIST_LIMIT if "archive/" in name or "tags/" in name else PAGE_LIMIT
    return 0


def _feeds(dist: Path, files: set[str]) -> list[Fault]:
    faults = []
    for name in sorted(file for file in files if file.endswith(("rss.xml", "atom.xml"))):
        try:
            root = ElementTree.parse(dist / name).getroot()  # noqa: S314 - our own output
        except ElementTree.ParseError as fault:
            faults.append(Fault(name, fault.position[0], f"Not well-formed: {fault}."))
            continue
        links = [
            link.get("href", "") for link in root.iter("{http://www.w3.org/2005/Atom}link") if link.get("rel") == "self"
        ]
        if not any(link.endswith(name) for link in links):
            faults.append(Fault(name, 0, "The feed does not link to itself."))
        texts = [
            *root.iter("{http://purl.org/rss/1.0/modules/content/}encoded"),
            *root.iter("{http://www.w3.org/2005/Atom}content"),
        ]
        if any(mark in (text.text or "") for text in texts for mark in ('href="/', 'src="/', 'href="#')):
            faults.append(Fault(name, 0, "The content of an entry has an address that is not complete."))
    for name in sorted(file for file in files if file.endswith(("posts.json", "search.json"))):
        try:
            json.loads((dist / name).read_bytes())
        except ValueError as fault:
            faults.append(Fault(name, 0, f"Not JSON: {fault}."))
    return faults


def _sitemap(dist: Path, files: set[str]) -> list[Fault]:
    name = "sitemap.xml"
    if name not in files:
        return [Fault(name, 0, "There is no sitemap.")]
    try:
        root = ElementTree.parse(dist / name).getroot()  # noqa: S314 - our own output
    except ElementTree.ParseError as fault:
        return [Fault(name, fault.position[0], f"Not well-formed: {fault}.")]
    addresses = [entry.text or "" for entry in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    faults = [Fault(name, 0, f"{address} stands twice.") for address, count in Counter(addresses).items() if count > 1]
    for address in addresses:
        parts = urlsplit(address)
        if not parts.scheme or _file_of(unquote(parts.path), files) is None:
            faults.append(Fault(name, 0, f"{address} leads nowhere."))
        elif parts.path.endswith("404.html"):
            faults.append(Fault(name, 0, "The page for lost visitors is listed."))
    return faults
