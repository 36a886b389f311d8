"""Resolves the links and image URLs of Markdown to their published URLs.

Addresses are compared percent-decoded and in one normal form of Unicode: Markdown encodes them, and file systems
differ.
"""

from __future__ import annotations

import posixpath
from functools import cache
from html import unescape
from typing import NamedTuple

from blog.images import EXTENSIONS, SiteImage, read_info
from blog.post import Post
from blog.settings import Settings
from blog.slugs import decode_url

_BLOG_PATHS = ("archive", "tags", "page", "rss.xml", "atom.xml")
_MARKDOWN = (".md", ".markdown")


class Asset(NamedTuple):
    """A file that is published unchanged. `signature` changes whenever the file changes."""

    file: str
    signature: str


class DanglingLinkError(LookupError):
    """A link names a Markdown file that is not published."""


class LinkResolver:
    """Resolves URLs for one build.

    `assets` maps a path on the site, such as `/images/chart.png`, to its file. `sources` maps a source file beside the
    posts to its path on the site. A relative link begins at `folder`, the folder of the post's source file.
    """

    def __init__(
        self,
        settings: Settings,
        posts: list[Post],
        pages: list[Post],
        assets: dict[str, Asset],
        sources: dict[str, str] | None = None,
    ) -> None:
        self.settings = settings
        self.assets = assets
        # Most names are plain, and then these keep the same texts.
        self._asset_paths = {decode_name(path): path for path in assets}
        self._sources = {decode_name(file): path for file, path in (sources or {}).items()}
        self._posts = {post.slug: settings.build_path(f"/{post.slug}/") for post in posts}
        self._pages = {post.slug: settings.build_path(f"/{post.slug}/") for post in pages}
        urls = {**self._posts, **self._pages}
        self._files = {decode_name(post.file): urls[post.slug] for post in posts + pages}
        self._names = {file.rpartition("/")[2]: url for file, url in self._files.items()}
        self.describe_target = cache(self._describe_target)
        self._read_info = cache(read_info)

    def resolve(self, link: str, folder: str = "") -> str:
        """Returns the published URL of a link. Raises `DanglingLinkError` if its Markdown file is not published."""
        if is_external(link):
            return link
        encoded, separator, rest = split_url(link)
        path = decode_url(unescape(encoded))
        if path.lower().endswith(_MARKDOWN):
            url = self._files.get(posixpath.normpath(posixpath.join(folder, path))) or self._names.get(
                path.rpartition("/")[2]
            )
            if url is None:
                raise DanglingLinkError(f"The link `{path}` leads to no published post.")
            return url + separator + rest
        slug = path.removeprefix("/posts/").strip("/")
        if path.startswith("/posts/") and slug in self._posts:
            return self._posts[slug] + separator + rest
        if path.startswith("/") and path.strip("/") in self._pages:
            return self._pages[path.strip("/")] + separator + rest
        asset = self.find_asset(encoded, folder)
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

    def find_image(self, link: str, folder: str = "") -> SiteImage | None:
        """Returns the site's image for a URL, or None. Its size is 0 × 0 if the file does not state one."""
        path = self.find_asset(split_url(link)[0], folder)
        if path is None:
            return None
        info = self._read_info(self.assets[path].file) if path.lower().endswith(EXTENSIONS) else None
        width, height, is_animated = info or (0, 0, False)
        return SiteImage(self.settings.build_path(path), width, height, path=path, is_animated=is_animated)

    def find_asset(self, link: str, folder: str = "") -> str | None:
        """Returns the site path of an asset. `/images/x.png`, `images/x.png` and `../images/x.png` are the same.

        A file beside the post comes first.
        """
        path = decode_url(unescape(link))
        if not path.startswith("/"):
            source = self._sources.get(posixpath.normpath(posixpath.join(folder, path)))
            if source:
                return source
        if path not in self._asset_paths:
            path = "/" + posixpath.normpath(path).lstrip("./")
        return self._asset_paths.get(path)

    def _describe_target(self, link: str, folder: str = "") -> str:
        """Returns a text for cache keys. It changes whenever the link's URL or the linked asset changes."""
        asset = self.find_asset(split_url(link)[0], folder)
        if asset is not None:
            return f"{asset} {self.assets[asset].signature}"
        try:
            return self.resolve(link, folder)
        except DanglingLinkError:
            return ""


def decode_name(path: str) -> str:
    """Returns the path of a file in the normal form of Unicode. A `%` in it is a letter like any other."""
    return path if path.isascii() else decode_url(path.replace("%", "%25"))


def is_external(link: str) -> bool:
    """Returns whether the link stays as it is: it leads to another site or to an anchor of the same page."""
    return link.startswith(("#", "//", "https:", "http:", "mailto:")) or ":" in link.split("/", 1)[0]


def split_url(link: str) -> tuple[str, str, str]:
    """Returns the path of a URL, the separator after it, and its query and fragment."""
    positions = [position for position in (link.find("?"), link.find("#")) if position >= 0]
    if not positions:
        return link, "", ""
    first = min(positions)
    return link[:first], link[first], link[first + 1 :]
