"""What a site is called and where it is published."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from blog.faults import Fault, Faulty
from blog.slugs import in_address

if TYPE_CHECKING:
    from shared.site_config import SiteConfig

FILE_NAME = "blog.toml"
LOCAL = "http://localhost:8080"


class Settings(NamedTuple):
    """`url` is the origin without a final slash; `base_path` is empty or begins with a slash and does not end with one.

    `home` is the address of the site the blog belongs to, the blog itself when it stands alone. With `images`, pictures
    get smaller copies and posts without one get a social card.
    """

    title: str = "Notes"
    description: str = ""
    url: str = LOCAL
    base_path: str = ""
    language: str = "en"
    author: str = ""
    posts_per_page: int = 10
    images: bool = False
    home: str = ""

    def path(self, path: str) -> str:
        """Address on the site, from its root: `/blog` + `/tags/` for the path `/tags/`."""
        return in_address(self.base_path + path)

    def absolute(self, path: str) -> str:
        """The full address of a path below the base path."""
        return self.url + self.path(path)

    def placed(self, base_url: str | None, base_path: str | None) -> Settings:
        """The same site at another address. A path inside `base_url` counts as the base path."""
        placed = self
        if base_url is not None:
            from urllib.parse import urlsplit

            parts = urlsplit(base_url)
            if parts.scheme not in {"http", "https"} or not parts.netloc:
                raise Faulty(
                    [Fault("--base-url", 0, f"`{base_url}` is not an address. Write it as https://example.org.")]
                )
            placed = placed._replace(url=f"{parts.scheme}://{parts.netloc}", base_path=parts.path.rstrip("/"))
        if base_path is not None:
            clean = base_path.strip("/")
            placed = placed._replace(base_path=f"/{clean}" if clean else "")
        return placed


def of_folder(root: str) -> Settings:
    """The settings of a content folder: its `blog.toml`, or those of `site.toml` for the blog of this repository."""
    file = Path(root, FILE_NAME)
    if file.is_file():
        return _from_file(file)
    if site := house_of(root):
        return of_site(site)
    return Settings()


def of_site(site: SiteConfig, site_url: str | None = None) -> Settings:
    """The settings of the blog that `site.toml` describes; `site_url` replaces the address of the landing page."""
    url = site_url or site.url
    inside = site.blog.placement == "path"
    return Settings(
        title=site.blog.title,
        description=site.blog.description,
        language=site.organization.language,
        author=site.blog.author,
        posts_per_page=site.blog.posts_per_page,
        images=True,
        home=url + "/",
    ).placed(url if inside else site.blog_url, "/blog" if inside else "")


def house_of(root: str) -> SiteConfig | None:
    """The facts of `site.toml` if the folder is the blog of the repository it describes."""
    house = Path(root).resolve().parent.parent
    if not (house / "site.toml").is_file() or not (house / "packages" / "blog").is_dir():
        return None
    from shared import site_config

    return site_config.load(house / "site.toml") if (house / "packages" / "blog").samefile(root) else None


_TYPES: dict[str, type] = {
    "title": str,
    "description": str,
    "url": str,
    "base_path": str,
    "language": str,
    "author": str,
    "home": str,
    "posts_per_page": int,
    "images": bool,
}


def _from_file(file: Path) -> Settings:
    import tomllib

    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise Faulty([Fault(os.fspath(file), 0, str(fault))]) from fault
    faults = [
        Fault(FILE_NAME, 0, f"`{key}` is not known here. Known are: {', '.join(_TYPES)}.")
        if key not in _TYPES
        else Fault(FILE_NAME, 0, f"`{key}` must be of the type {_TYPES[key].__name__}.")
        for key, value in raw.items()
        if key not in _TYPES or type(value) is not _TYPES[key]
    ]
    if raw.get("posts_per_page", 1) in range(-(10**9), 1):
        faults.append(Fault(FILE_NAME, 0, "`posts_per_page` must be at least 1."))
    if faults:
        raise Faulty(faults)
    url, base_path = raw.pop("url", None), raw.pop("base_path", None)
    return Settings(images=raw.pop("images", True), **raw).placed(url, base_path)
