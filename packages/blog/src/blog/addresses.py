"""Where things of the site are published, and what an address written in Markdown means there."""

from __future__ import annotations

import posixpath
from html import unescape
from typing import NamedTuple

from blog.picture import Picture
from blog.post import Post
from blog.settings import Settings
from blog.sizes import KINDS, size_of

_OWN = ("archive", "tags", "page", "rss.xml", "atom.xml")


class Asset(NamedTuple):
    """A file published as it is. `seen` changes whenever the file does."""

    file: str
    seen: str


class Dangling(LookupError):
    """A link names a source file that is not published."""


class Addresses:
    """Resolves addresses for one build. `assets` maps the path on the site, as in `/images/chart.png`, to its file."""

    def __init__(self, settings: Settings, posts: list[Post], pages: list[Post], assets: dict[str, Asset]) -> None:
        self.settings = settings
        self.assets = assets
        self._by_slug = {post.slug: settings.path(f"/{post.slug}/") for post in posts}
        self._by_file = {post.file.rsplit("/", 1)[-1]: settings.path(f"/{post.slug}/") for post in posts + pages}
        self._meanings: dict[str, str] = {}
        self._pages = {post.slug: settings.path(f"/{post.slug}/") for post in pages}

    def link(self, written: str) -> str:
        """The published address of a link. Raises `Dangling` for a Markdown file nobody publishes."""
        if is_elsewhere(written):
            return written
        path, mark, rest = _parted(written)
        if path.endswith(".md"):
            found = self._by_file.get(unescape(path).rsplit("/", 1)[-1])
            if found is None:
                raise Dangling(f"The link `{path}` leads to no published post.")
            return found + mark + rest
        slug = path.removeprefix("/posts/").strip("/")
        if path.startswith("/posts/") and slug in self._by_slug:
            return self._by_slug[slug] + mark + rest
        if path.startswith("/") and path.strip("/") in self._pages:
            return self._pages[path.strip("/")] + mark + rest
        asset = self.asset(path)
        if asset:
            return self.settings.path(asset) + mark + rest
        return self._at_home(written)

    def _at_home(self, written: str) -> str:
        """An address from the root that is not the blog's own; on another host it belongs to the site around it."""
        settings = self.settings
        first = written.split("/")[1] if written.startswith("/") else ""
        if not settings.home or not written.startswith("/") or first in _OWN:
            return written
        return written if settings.home.startswith(settings.url + "/") else settings.home.rstrip("/") + written

    def picture(self, written: str) -> Picture | None:
        """The picture of this site that the address means, with its size if the file tells it."""
        asset = self.asset(_parted(written)[0])
        if asset is None:
            return None
        size = size_of(self.assets[asset].file) if asset.lower().endswith(KINDS) else None
        width, height = size or (0, 0)
        return Picture(self.settings.path(asset), width, height)

    def asset(self, written: str) -> str | None:
        """The path on the site of the asset meant: `/images/x.png`, `images/x.png` and `../images/x.png` are one."""
        path = unescape(written)
        if path not in self.assets:
            path = "/" + posixpath.normpath(path).lstrip("./")
        return path if path in self.assets else None

    def meaning(self, written: str) -> str:
        """Text that changes whenever the published form of this address does; for cache keys."""
        known = self._meanings.get(written)
        if known is None:
            known = self._meanings[written] = self._meaning(written)
        return known

    def _meaning(self, written: str) -> str:
        asset = self.asset(_parted(written)[0])
        if asset is not None:
            return f"{asset} {self.assets[asset].seen}"
        try:
            return self.link(written)
        except Dangling:
            return ""


def is_elsewhere(written: str) -> bool:
    """Whether the address means the same wherever the blog is placed: another site, or a place on the same page."""
    return written.startswith(("#", "//", "https:", "http:", "mailto:")) or ":" in written.split("/", 1)[0]


def _parted(written: str) -> tuple[str, str, str]:
    for mark in "?#":
        if mark in written:
            return written.partition(mark)
    return written, "", ""
