"""Pages that lead every old address of the blog to its new one, on a host that cannot redirect by itself."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

FEEDS = ("rss.xml", "atom.xml")
_LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def pages(site: Path, blog_url: str) -> dict[str, bytes]:
    """Path and content of each file. `site` is the built site, `blog_url` where the blog is, without a final slash.

    Search engines read a refresh without delay as a permanent redirect. Feeds are copied: their readers follow none.
    """
    found = {}
    for address in addresses(site, blog_url):
        path = urlsplit(address).path.removeprefix(urlsplit(blog_url).path).lstrip("/")
        found[f"{path}index.html" if path == "" or path.endswith("/") else path] = _moved(address)
    below = site / urlsplit(blog_url).path.strip("/")
    found |= {feed: (below / feed).read_bytes() for feed in FEEDS}
    found["404.html"] = _lost(blog_url)
    return found


def addresses(site: Path, blog_url: str) -> list[str]:
    """Every address of the blog that the sitemap of the built site names."""
    tree = ElementTree.parse(site / "sitemap.xml")  # noqa: S314 our own build wrote it
    named = [element.text or "" for element in tree.iter(_LOC)]
    return [address for address in named if address == blog_url or address.startswith(f"{blog_url}/")]


def _moved(address: str) -> bytes:
    return _page(
        f'<link rel="canonical" href="{escape(address)}">\n'
        f'<meta http-equiv="refresh" content="0; url={escape(address)}">\n'
        """<meta http-equiv="Content-Security-Policy" content="default-src 'none'">""",
        address,
    )


def _lost(blog_url: str) -> bytes:
    """For addresses that no sitemap named, such as pictures: the same path at the new place."""
    script = f'location.replace("{blog_url}" + location.pathname + location.search + location.hash)'
    mark = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _page(
        f"""<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-{mark}'">\n"""
        f"<script>{script}</script>",
        f"{blog_url}/",
    )


def _page(head: str, address: str) -> bytes:
    link = f'<a href="{escape(address)}">{escape(address)}</a>'
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Moved</title>\n{head}\n'
        f"<p>This page has moved to {link}.</p>\n</html>\n"
    ).encode()
