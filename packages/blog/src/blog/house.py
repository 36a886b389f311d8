"""This house's own pages: `packages/web` rendered, and the shell that its blog wears too."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from blog.addresses import Asset
from blog.faults import Fault, Faulty
from blog.frame import Frame, digest
from blog.publish import Output, Plan
from blog.settings import Settings
from blog.shelf import files_below
from blog.theme import Theme
from blog.views import Blog
from shared import design, enquiry_form
from shared.site_config import SiteConfig

UNLISTED = ("404.html", "thanks.html")
"""Pages that are reached otherwise than by search; the sitemap leaves them out."""


CARD = "cards/site.png"
"""The picture that stands for the site where somebody shares its address."""


class House(NamedTuple):
    """The organization's facts and the folder they describe. `url` is the public address, without a final slash."""

    site: SiteConfig
    root: str
    url: str
    api_url: str
    commit: str

    @property
    def web(self) -> str:
        return f"{self.root}/packages/web"

    def context(self) -> dict[str, Any]:
        """What templates of the house know besides what every template knows."""
        return {
            "site": self.site,
            "words": words(f"{self.web}/content", self.site),
            "form": {"fields": enquiry_form.FIELDS, "honeypot": enquiry_form.HONEYPOT, "version": enquiry_form.VERSION},
            "api_url": self.api_url,
        }

    def assets(self) -> dict[str, Asset]:
        """Files published as they lie, by path: those of `packages/web` and, below `/assets/`, of the shared look."""
        found = dict(files_below(os.path.dirname(design.__file__), "/assets"))
        kept = {path: asset for path, asset in found.items() if path.endswith((".woff2", ".png", ".svg", ".ico"))}
        icons = {f"/favicon.{kind}": found[f"/assets/favicon.{kind}"] for kind in ("ico", "svg")}
        return {
            **kept,
            **icons,
            **dict(files_below(f"{self.web}/assets", "/assets")),
        }

    def root_files(self) -> dict[str, bytes]:
        """Files of the root of the site, by path: those of `packages/web/static`, with the facts filled into texts."""
        facts = placeholders(self.site)
        found = {}
        for path, asset in files_below(f"{self.web}/static", ""):
            data = Path(asset.file).read_bytes()
            with suppress(UnicodeDecodeError):
                data = fill(data.decode(), facts).encode()
            found[path] = data
        return found


def placeholders(site: SiteConfig) -> dict[str, str]:
    """What may stand in braces in the words of the pages and in the files of the root, such as `{name}`."""
    return {
        "{name}": site.organization.name,
        "{legal_name}": site.organization.legal_name,
        "{tagline}": site.organization.tagline,
        "{email}": site.organization.email,
        "{language}": site.organization.language,
        "{domain}": site.domains.site,
        "{url}": site.url,
        "{source}": site.links.source,
        "{branch}": site.repository.branch,
        "{booking_host}": urlsplit(site.links.booking).hostname or "",
        "{counting_name}": site.analytics.name,
        "{counting_host}": urlsplit(site.analytics.url).hostname or "",
    }


def fill(words: Any, facts: dict[str, str]) -> Any:
    """The same words, tables and lists of them included, with facts for their names. Other braces stay."""
    if isinstance(words, dict):
        return {name: fill(value, facts) for name, value in words.items()}
    if isinstance(words, list):
        return [fill(value, facts) for value in words]
    if isinstance(words, str) and "{" in words:
        return re.sub(r"\{\w+\}", lambda found: facts.get(found[0], found[0]), words)
    return words


def words(folder: str, site: SiteConfig) -> dict[str, Any]:
    """The words of every TOML file of a folder by file name, with the facts filled in. Raises `Faulty`."""
    found: dict[str, Any] = {}
    faults = []
    for file in sorted(Path(folder).glob("*.toml")):
        try:
            found[file.stem] = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            faults.append(Fault(f"packages/web/content/{file.name}", 0, str(fault)))
    if faults:
        raise Faulty(faults)
    told: dict[str, Any] = fill(found, placeholders(site))
    return told


def landing(house: House, settings: Settings, frame: Frame, blog: Blog, cache_folder: str) -> Plan:
    """The pages of `packages/web/pages`, at the root of the site, and its social card.

    `index.html` also shows the newest posts.
    """
    pages = Theme([f"{house.web}/partials", f"{house.web}/pages"])
    # The pages find partials and sheets where the blog's templates do, and themselves.
    theme = frame.theme.with_files(pages.files)
    framed = frame._replace(theme=theme, key=digest(frame.key, theme.digest))
    posts = blog.shelf.posts
    faces = [blog.faces[post.file] for post in posts]
    plan: Plan = {
        path.lstrip("/"): Output(digest(data), lambda data=data: data)  # type: ignore[misc]
        for path, data in house.root_files().items()
    }
    if settings.images:
        from blog import pictures

        said = frame.context["words"]["meta"]["card"]
        plan[CARD] = pictures.card_of(said["title"], said["below"], cache_folder)
    for name in pages_of(house):
        path = "/" if name == "index.html" else f"/{name}"
        plan[name] = framed.page(name, digest(settings.url, *faces), _context(house, settings, blog, path))
    return plan


def _context(house: House, settings: Settings, blog: Blog, path: str) -> Callable[[], dict[str, Any]]:
    def context() -> dict[str, Any]:
        views = [blog.view(post) for post in blog.shelf.posts]
        if not settings.absolute("/").startswith(house.url + "/"):
            views = [{**view, "url": settings.url + view["url"]} for view in views]
        card = f"{house.url}/{CARD}" if settings.images else ""
        return {"page_path": path, "canonical": house.url + path, "posts": views, "card": card}

    return context


def pages_of(house: House) -> list[str]:
    """Names of the landing page's templates, sorted."""
    return sorted(file.name for file in Path(house.web, "pages").glob("*.html"))


def addresses_of(house: House) -> list[dict[str, str]]:
    """The house's pages for the sitemap. Their time of change is not known: a date of a checkout would be a lie."""
    listed = [name for name in pages_of(house) if name not in UNLISTED]
    return [{"address": house.url + ("/" if name == "index.html" else f"/{name}"), "changed": ""} for name in listed]
