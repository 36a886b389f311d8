"""Resolves the links and image URLs of Markdown to their published URLs."""

from __future__ import annotations

import posixpath
from functools import cache
from html import unescape
from typing import NamedTuple

from blog.images import EXTENSIONS, SiteImage, read_size
from blog.post import Post
from blog.settings import Settings

_BLOG_PATHS = ("archive", "tags", "page", "rss.xml", "atom.xml")


class Asset(NamedTuple):
    """A file that is published unchanged. `signature` changes whenever the file changes."""

    file: str
    signature: str


class DanglingLinkError(LookupError):
    """A link names a Markdown file that is not published."""


class LinkResolver:
    """Resolves URLs for one build. `assets` maps a path on the site, such as `/images/chart.png`, to its file."""

    def __init__(self, settings: Settings, posts: list[Post], pages: list[Post], assets: dict[str, Asset]) -> None:
        self.settings = settings
        self.assets = assets
        self._posts = {post.slug: settings.build_path(f"/{post.slug}/") for post in posts}
        self._pages = {post.slug: settings.build_path(f"/{post.slug}/") for post in pages}
        self._files = {post.file.rsplit("/", 1)[-1]: settings.build_path(f"/{post.slug}/") for post in posts + pages}
        self.describe_target = cache(self._describe_target)

    def resolve(self, link: str) -> str:
        """Returns the published URL of a link. Raises `DanglingLinkError` if its Markdown file is not published."""
        if is_external(link):
            return link
        path, separator, rest = _split(link)
        if path.endswith(".md"):
            url = self._files.get(unescape(path).rsplit("/", 1)[-1])
            if url is None:
                raise DanglingLinkError(f"The link `{path}` leads to no published post.")
            return url + separator + rest
        slug = path.removeprefix("/posts/").strip("/")
        if path.startswith("/posts/") and slug in self._posts:
            return self._posts[slug] + separator + rest
        if path.startswith("/") and path.strip("/") in self._pages:
            return self._pages[path.strip("/")] + separator + rest
        asset = self.find_asset(path)
        if asset:
            return self.settings.build_path(asset) + separator + rest
        return self._resolve_home(link)

    def _resolve_home(self, link: str) -> str:
        """Points a root path that the blog does not own to the landing page's host."""
        settings = self.settings
        first = link.split("/")[1] if link.startswith("/") else ""
        if not settings.home or not link.startswith("/") or first in _BLOG_PATHS:
            return link
        return link if settings.home.startswith(settings.url + "/") else settings.home.rstrip("/") + link

    def find_image(self, link: str) -> SiteImage | None:
        """Returns the site's image for a URL, or None. Its size is 0 × 0 if the file does not state one."""
        asset = self.find_asset(_split(link)[0])
        if asset is None:
            return None
        size = read_size(self.assets[asset].file) if asset.lower().endswith(EXTENSIONS) else None
        width, height = size or (0, 0)
        return SiteImage(self.settings.build_path(asset), width, height)

    def find_asset(self, link: str) -> str | None:
        """Returns the site path of an asset. `/images/x.png`, `images/x.png` and `../images/x.png` are the same."""
        path = unescape(link)
        if path not in self.assets:
            path = "/" + posixpath.normpath(path).lstrip("./")
        return path if path in self.assets else None

    def _describe_target(self, link: str) -> str:
        """Returns a text for cache keys. It changes whenever the link's URL or the linked asset changes."""
        asset = self.find_asset(_split(link)[0])
        if asset is not None:
            return f"{asset} {self.assets[asset].signature}"
        try:
            return self.resolve(link)
        except DanglingLinkError:
            return ""


def is_external(link: str) -> bool:
    """Returns whether the link stays as it is: it leads to another site or to an anchor of the same page."""
    return link.startswith(("#", "//", "https:", "http:", "mailto:")) or ":" in link.split("/", 1)[0]


def _split(link: str) -> tuple[str, str, str]:
    for separator in "?#":
        if separator in link:
            return link.partition(separator)
    return link, "", ""
