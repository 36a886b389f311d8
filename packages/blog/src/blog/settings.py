"""The settings of a blog: its title and where it is published."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from blog.errors import BuildError, Problem
from blog.post_parser import FORBIDDEN, LANGUAGE_TAG, load_time_zone
from blog.slugs import quote_path

if TYPE_CHECKING:
    from shared.site_config import SiteConfig

FILE_NAME = "blog.toml"
DEFAULT_URL = "http://localhost:8080"


class Settings(NamedTuple):
    """`url` is an origin without a final slash. `base_path` is empty, or a path with a leading and no final slash.

    `home` is the URL of the site around the blog; it is empty if the blog stands alone. With `images`, the build
    creates smaller copies of images, and social cards for posts without an image. `image_hosts` are other hosts whose
    pictures and media the pages may show. Dates without an offset are in `time_zone`. `page_limit`, `list_limit` and
    `search_limit` are the compressed kilobytes above which `blog check` warns.
    """

    title: str = "Notes"
    description: str = ""
    url: str = DEFAULT_URL
    base_path: str = ""
    language: str = "en"
    author: str = ""
    posts_per_page: int = 10
    images: bool = False
    home: str = ""
    time_zone: str = "UTC"
    image_hosts: tuple[str, ...] = ()
    page_limit: int = 14
    list_limit: int = 40
    search_limit: int = 64

    def build_path(self, path: str) -> str:
        """Returns the URL path on the site: `/blog/tags/` for `/tags/` and the base path `/blog`."""
        return quote_path(self.base_path + path)

    def build_url(self, path: str) -> str:
        """Returns the absolute URL of a path below the base path."""
        return self.url + self.build_path(path)

    def with_location(self, base_url: str | None, base_path: str | None) -> Settings:
        """Returns the settings for another location. A path in `base_url` becomes the base path.

        Raises `BuildError` if `base_url` is not an HTTP URL.
        """
        settings = self
        if base_url is not None:
            from urllib.parse import urlsplit

            parts = urlsplit(base_url)
            if parts.scheme not in {"http", "https"} or not parts.netloc:
                message = f"`{base_url}` is not a URL. Write it as https://example.org."
                raise BuildError([Problem("--base-url", 0, message)])
            settings = settings._replace(url=f"{parts.scheme}://{parts.netloc}", base_path=parts.path.rstrip("/"))
        if base_path is not None:
            path = base_path.strip("/")
            settings = settings._replace(base_path=f"/{path}" if path else "")
        return settings


def load_settings(root: str) -> Settings:
    """Returns the settings of a content folder: from its `blog.toml`, else from the repository's `site.toml`."""
    file = Path(root, FILE_NAME)
    if file.is_file():
        return _read_file(file)
    if site := find_site(root):
        return convert_site(site)
    return Settings()


def convert_site(site: SiteConfig, site_url: str | None = None) -> Settings:
    """Returns the settings of the blog that `site.toml` describes. `site_url` replaces the landing page's URL."""
    url = site_url or site.url
    is_below_site = site.blog.placement == "path"
    return Settings(
        title=site.blog.title,
        description=site.blog.description,
        language=site.organization.language,
        author=site.blog.author,
        posts_per_page=site.blog.posts_per_page,
        images=True,
        home=url + "/",
        time_zone=site.organization.time_zone,
    ).with_location(url if is_below_site else site.blog_url, "/blog" if is_below_site else "")


def find_site(root: str) -> SiteConfig | None:
    """Returns the content of `site.toml` if the folder is `packages/blog` of a repository with that file."""
    repository = Path(root).resolve().parent.parent
    if not (repository / "site.toml").is_file() or not (repository / "packages" / "blog").is_dir():
        return None
    from shared import site_config

    return site_config.load(repository / "site.toml") if (repository / "packages" / "blog").samefile(root) else None


_TYPES = {key: type(default) for key, default in Settings._field_defaults.items()}
_HOST = re.compile(r"[a-z0-9*]([a-z0-9.-]*[a-z0-9])?(:\d+)?")


def _read_file(file: Path) -> Settings:
    import tomllib

    try:
        values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BuildError([Problem(os.fspath(file), 0, str(error))]) from error
    if isinstance(values.get("image_hosts"), list):
        values["image_hosts"] = tuple(values["image_hosts"])
    messages = [message for key, value in values.items() if (message := find_error(key, value))]
    if messages:
        raise BuildError([Problem(FILE_NAME, 0, message) for message in messages])
    url, base_path = values.pop("url", None), values.pop("base_path", None)
    return Settings(images=values.pop("images", True), **values).with_location(url, base_path)


def find_error(key: str, value: object) -> str:  # noqa: PLR0911
    """Returns why a setting is refused, or an empty text."""
    if key not in _TYPES:
        return f"`{key}` is unknown. Known keys: {', '.join(_TYPES)}."
    if type(value) is not _TYPES[key]:
        return f"`{key}` must be of the type {'list' if _TYPES[key] is tuple else _TYPES[key].__name__}."
    if isinstance(value, int) and not isinstance(value, bool) and value < 1:
        return f"`{key}` must be at least 1."
    if isinstance(value, str) and FORBIDDEN.search(value):
        return f"`{key}` has a control character. Remove it."
    if isinstance(value, tuple) and not all(isinstance(host, str) and _HOST.fullmatch(host) for host in value):
        return f"`{key}` must list host names, such as images.example.org."
    if key == "language" and not LANGUAGE_TAG.fullmatch(str(value)):
        return "`language` must be a language tag, such as en or pt-BR."
    if key == "time_zone":
        try:
            load_time_zone(str(value))
        except ValueError as error:
            return f"`time_zone`: {error}"
    return ""
