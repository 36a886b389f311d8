"""Plans the pages of `packages/web`, and provides the layout that the blog shares with them."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from blog.errors import BuildError, Problem
from blog.layout import Layout, make_key
from blog.links import Asset
from blog.publish import BuildPlan, OutputFile
from blog.settings import Settings
from blog.sources import walk_assets
from blog.template_context import Blog
from blog.theme import Theme
from shared import design, enquiry_form
from shared.form_snapshot import take_snapshot, write_snapshot
from shared.site_config import SiteConfig

UNLISTED_PAGES = ("404.html", "thanks.html")
"""The sitemap leaves out these pages, because no search should lead to them."""

CARD_PATH = "cards/site.png"
"""The social card of the landing page."""

CHOICES_PATH = "form.json"
"""Where the site says which choices its form offers. The CRM compares them with its own."""


class SiteContext(NamedTuple):
    """The content of `site.toml` and the repository it belongs to. `url` has no final slash.

    `fields` are those of the enquiry form.
    """

    config: SiteConfig
    root: str
    url: str
    api_url: str
    commit: str
    fields: tuple[enquiry_form.Field, ...] = enquiry_form.FIELDS

    @property
    def web(self) -> str:
        return f"{self.root}/packages/web"

    def build_context(self) -> dict[str, Any]:
        """Returns what templates of the site receive in addition to the blog's data."""
        return {
            "site": self.config,
            "text": load_texts(f"{self.web}/content", self.config),
            "form": {"fields": self.fields, "honeypot": enquiry_form.HONEYPOT, "version": enquiry_form.VERSION},
            "api_url": self.api_url,
        }

    def list_assets(self) -> dict[str, Asset]:
        """Returns the files that are published unchanged, by URL path: those of `packages/web` and of the design."""
        files = dict(walk_assets(os.path.dirname(design.__file__), "/assets"))
        return {
            **{path: asset for path, asset in files.items() if path.endswith((".woff2", ".png", ".svg", ".ico"))},
            **{f"/favicon.{extension}": files[f"/assets/favicon.{extension}"] for extension in ("ico", "svg")},
            **dict(walk_assets(f"{self.web}/assets", "/assets")),
        }

    def read_root_files(self) -> dict[str, bytes]:
        """Returns the files of `packages/web/static` by URL path, with the placeholders of texts filled in."""
        values = list_placeholders(self.config)
        files = {}
        for path, asset in walk_assets(f"{self.web}/static", ""):
            data = Path(asset.file).read_bytes()
            with suppress(UnicodeDecodeError):
                data = fill_placeholders(data.decode(), values).encode()
            files[path] = data
        return files


def list_placeholders(site: SiteConfig) -> dict[str, str]:
    """Returns the placeholders that texts and root files may contain, such as `{name}`, and their values."""
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
        "{analytics_name}": site.analytics.name,
        "{analytics_host}": urlsplit(site.analytics.url).hostname or "",
    }


def fill_placeholders(value: Any, values: dict[str, str]) -> Any:
    """Returns the value with its placeholders filled in, also inside dicts and lists. Unknown ones stay."""
    if isinstance(value, dict):
        return {name: fill_placeholders(item, values) for name, item in value.items()}
    if isinstance(value, list):
        return [fill_placeholders(item, values) for item in value]
    if isinstance(value, str) and "{" in value:
        return re.sub(r"\{\w+\}", lambda match: values.get(match[0], match[0]), value)
    return value


def load_texts(folder: str, site: SiteConfig) -> dict[str, Any]:
    """Returns the content of every TOML file of a folder, by file name, with its placeholders filled in.

    Raises `BuildError` for files that are not valid TOML.
    """
    texts: dict[str, Any] = {}
    problems = []
    for file in sorted(Path(folder).glob("*.toml")):
        try:
            texts[file.stem] = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            problems.append(Problem(f"packages/web/content/{file.name}", 0, str(error)))
    if problems:
        raise BuildError(problems)
    filled: dict[str, Any] = fill_placeholders(texts, list_placeholders(site))
    return filled


def check_portraits(site: SiteConfig, root_files: Mapping[str, bytes]) -> None:
    """Raises `BuildError` for every portrait of the team that is not in `packages/web/static`."""
    problems = [
        Problem("site.toml", 0, f"{person.name}'s portrait is missing: put it at packages/web/static{person.portrait}")
        for person in site.team
        if person.portrait and person.portrait not in root_files
    ]
    if problems:
        raise BuildError(problems)


def plan_landing(site: SiteContext, settings: Settings, layout: Layout, blog: Blog, cache_folder: str) -> BuildPlan:
    """Returns the pages of `packages/web/pages` at the root of the site, its root files and its social card."""
    site_theme = Theme([f"{site.web}/partials", f"{site.web}/pages"])
    # The pages may extend each other and use the templates of the blog.
    theme = layout.theme.with_files(site_theme.files)
    site_layout = layout._replace(theme=theme, key=make_key(layout.key, theme.digest))
    summary_keys = [blog.summary_keys[post.file] for post in blog.content.posts]
    root_files = site.read_root_files()
    check_portraits(site.config, root_files)
    plan: BuildPlan = {
        path.lstrip("/"): OutputFile(make_key(data), lambda data=data: data)  # type: ignore[misc]
        for path, data in root_files.items()
    }
    choices = write_snapshot(take_snapshot(site.fields))
    plan[CHOICES_PATH] = OutputFile(make_key(choices), lambda: choices)
    if settings.images:
        from blog import generated_images

        card = layout.context["text"]["meta"]["card"]
        plan[CARD_PATH] = generated_images.plan_card(card["title"], card["below"], cache_folder)
    for name in list_pages(site):
        path = "/" if name == "index.html" else f"/{name}"
        build_context = _prepare_context(site, settings, blog, path)
        plan[name] = site_layout.plan_page(name, make_key(settings.url, *summary_keys), build_context)
    return plan


def _prepare_context(site: SiteContext, settings: Settings, blog: Blog, path: str) -> Callable[[], dict[str, Any]]:
    def build_context() -> dict[str, Any]:
        posts = [blog.build_summary(post) for post in blog.content.posts]
        if not settings.build_url("/").startswith(site.url + "/"):
            posts = [{**post, "url": settings.url + post["url"]} for post in posts]
        card = f"{site.url}/{CARD_PATH}" if settings.images else ""
        return {"page_path": path, "canonical": site.url + path, "posts": posts, "card": card}

    return build_context


def list_pages(site: SiteContext) -> list[str]:
    """Returns the file names of the pages in `packages/web/pages`, sorted."""
    return sorted(file.name for file in Path(site.web, "pages").glob("*.html"))


def list_sitemap_entries(site: SiteContext) -> list[dict[str, str]]:
    """Returns the URL of every page for the sitemap. The times are empty: a checkout does not keep file times."""
    names = [name for name in list_pages(site) if name not in UNLISTED_PAGES]
    return [{"url": site.url + ("/" if name == "index.html" else f"/{name}"), "updated": ""} for name in names]
