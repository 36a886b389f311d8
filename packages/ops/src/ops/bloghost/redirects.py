"""Pages that redirect every old address of the blog to its new one, on a host that cannot redirect by itself."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

_LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def render_pages(site: Path, blog_url: str) -> dict[str, bytes]:
    """Returns the content of each file by its path. `site` is the built site; `blog_url` has no final slash.

    Search engines treat a refresh without delay as a permanent redirect. Feed readers follow none, so feeds are copied.
    """
    base = urlsplit(blog_url).path
    urls = [element.text or "" for element in ElementTree.parse(site / "sitemap.xml").iter(_LOC)]  # noqa: S314 our build
    pages = {}
    for url in urls:
        if url == blog_url or url.startswith(f"{blog_url}/"):
            path = urlsplit(url).path.removeprefix(base).lstrip("/")
            pages[f"{path}index.html" if path == "" or path.endswith("/") else path] = _render_redirect(url)
    pages |= {feed: (site / base.strip("/") / feed).read_bytes() for feed in ("rss.xml", "atom.xml")}
    pages["404.html"] = _render_fallback(blog_url)
    return pages


def _render_redirect(url: str) -> bytes:
    refresh = f'<meta http-equiv="refresh" content="0; url={escape(url)}">'
    return _render_page(f'<link rel="canonical" href="{escape(url)}">\n{refresh}', url)


def _render_fallback(blog_url: str) -> bytes:
    """Redirects an address that no sitemap names, such as a picture, to the same path of the blog."""
    script = f'location.replace("{blog_url}" + location.pathname + location.search + location.hash)'
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _render_page(f"<script>{script}</script>", f"{blog_url}/", f"; script-src 'sha256-{digest}'")


def _render_page(head: str, url: str, policy: str = "") -> bytes:
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Moved</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'{policy}">\n{head}\n'
        f'<p>This page has moved to <a href="{escape(url)}">{escape(url)}</a>.</p>\n</html>\n'
    ).encode()
