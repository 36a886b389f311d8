"""Builds a content folder, or the whole public site, from sources to files.

from blog.site import build_folder, build_site

result = build_site(Path("site.toml"), out=Path("dist/site"), cache=Path(".cache/blog"), commit="abc123")
print(result.written, "of", result.total)
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from blog import feeds, pages
from blog.build_fingerprint import compute_fingerprint
from blog.cache import Cache
from blog.errors import BuildError, Problem
from blog.layout import Layout, make_key
from blog.links import Asset, LinkResolver
from blog.loader import load_content
from blog.post import format_timestamp
from blog.publish import MARKER, BuildPlan, OutputFile, publish
from blog.rendered_cache import render_posts
from blog.settings import Settings, convert_site, find_site, load_settings
from blog.template_context import Blog
from blog.theme import BUILTIN_FOLDER, Theme

if TYPE_CHECKING:
    from blog.site_pages import SiteContext


class BuildResult(NamedTuple):
    """How many files were written, removed and are in the output, and the number of published posts."""

    written: int
    removed: int
    total: int
    posts: int


def build_folder(
    root: Path,
    out: Path,
    cache: Path,
    *,
    base_url: str | None = None,
    base_path: str | None = None,
    images: bool | None = None,
    now: datetime | None = None,
    reload_script: str = "",
) -> BuildResult:
    """Builds a content folder (the README shows its layout) into `out`, the root of a web site.

    `base_url` and `base_path` replace those of `blog.toml`. `images` turns smaller copies and social cards on or off.
    Posts with a date after `now` (default: the current time) are left out. Every page loads `reload_script`.
    Raises `BuildError` with all problems, those of the theme included; `out` then stays unchanged.

    The repository's blog has the layout of the landing page; links to that page do not work in `out`.
    """
    folder = os.path.abspath(root)
    if not os.path.isdir(folder):
        raise BuildError([Problem(str(root), 0, "There is no such folder.")])
    settings = load_settings(folder).with_location(base_url, base_path)
    if images is not None:
        settings = settings._replace(images=images)
    site = _find_site_context(folder, settings)
    with Cache(os.fspath(cache), compute_fingerprint()) as opened:
        build = _Build(settings, folder, opened, os.fspath(cache), now, site=site, reload_script=reload_script)
        return build.run(os.path.abspath(out))


def build_site(
    site_file: Path,
    out: Path,
    cache: Path,
    *,
    api_url: str | None = None,
    site_url: str | None = None,
    commit: str = "",
    now: datetime | None = None,
    reload_script: str = "",
) -> BuildResult:
    """Builds the landing page and the blog that `site.toml` describes.

    With the placement "path", `out` receives both, the blog below `/blog/`. With "subdomain", the folder `blog` beside
    `out` receives the blog. The form posts to `api_url` (default: the public API). `site_url` replaces the public URL
    of the site. The pages and `build.json` show `commit`.
    Raises `BuildError` as `build_folder` does.
    """
    from blog.site_pages import SiteContext
    from shared import site_config

    try:
        config = site_config.load(site_file)
    except site_config.SiteConfigError as error:
        raise BuildError([Problem(os.fspath(site_file), 0, str(error))]) from error
    root = os.path.dirname(os.path.abspath(site_file))
    url = (site_url or config.url).rstrip("/")
    context = SiteContext(config, root, url, (api_url or config.api_url).rstrip("/"), commit)
    settings = convert_site(config, site_url and url)
    blog_root = f"{root}/packages/blog"
    with Cache(os.fspath(cache), compute_fingerprint()) as opened:
        build = _Build(settings, blog_root, opened, os.fspath(cache), now, site=context, reload_script=reload_script)
        if config.blog.placement == "path":
            return build.run(os.path.abspath(out), landing=True, blog=True)
        landing = build.run(os.path.abspath(out), landing=True, blog=False)
        blog = build.run(os.path.join(os.path.dirname(os.path.abspath(out)), "blog"))
        return BuildResult(
            landing.written + blog.written, landing.removed + blog.removed, landing.total + blog.total, blog.posts
        )


def _find_site_context(folder: str, settings: Settings) -> SiteContext | None:
    """Returns the site whose blog this folder is, or None."""
    config = find_site(folder)
    if config is None:
        return None
    from blog.site_pages import SiteContext

    return SiteContext(config, os.path.dirname(os.path.dirname(folder)), settings.url, config.api_url, "")


class _Build:
    """One build of one content folder."""

    def __init__(
        self,
        settings: Settings,
        root: str,
        cache: Cache,
        cache_folder: str,
        now: datetime | None,
        *,
        site: SiteContext | None = None,
        reload_script: str = "",
    ) -> None:
        self.settings, self.cache, self.cache_folder, self.site = settings, cache, cache_folder, site
        self.content = load_content(root, cache, format_timestamp(now or datetime.now(UTC)))
        links = LinkResolver(settings, self.content.posts, self.content.pages, self.content.assets)
        rendered = render_posts(root, self.content, links, cache)
        partials = [f"{site.web}/partials"] if site else []
        theme = Theme([f"{root}/theme", *partials, BUILTIN_FOLDER])
        context = self._build_context()
        key = make_key(cache.fingerprint, theme.digest, repr(settings), repr(context), reload_script)
        script_hosts = (site.api_url, site.config.analytics.url) if site else ("", "")
        self.layout = Layout(theme, context, key, *script_hosts, reload_script)
        self.blog = Blog(settings, self.content, links, rendered, self.layout)

    def run(self, out: str, *, landing: bool = False, blog: bool = True) -> BuildResult:
        """Publishes the chosen parts to `out`."""
        plan: BuildPlan = {}
        sitemap: list[dict[str, str]] = []
        origin = self.settings.url
        if self.site:
            origin = self.site.url if landing else origin
            plan.update({path.lstrip("/"): _plan_copy(asset) for path, asset in self.site.list_assets().items()})
        if landing and self.site:
            from blog import site_pages

            landing_plan = site_pages.plan_landing(self.site, self.settings, self.layout, self.blog, self.cache_folder)
            plan.update(landing_plan)
            sitemap += site_pages.list_sitemap_entries(self.site)
        if blog:
            plan.update(self._plan_blog(plan))
            sitemap += pages.list_sitemap_entries(self.blog)
        plan.update(self._plan_site_files(plan, sitemap, origin))
        return BuildResult(*publish(plan, out, self.cache), posts=len(self.content.posts))

    def _plan_blog(self, other: BuildPlan) -> BuildPlan:
        plan = {**pages.plan_pages(self.blog), **feeds.plan_feeds(self.blog)}
        for path, asset in self.content.assets.items():
            plan[self.blog.get_output_path(path)] = _plan_copy(asset)
        if self.settings.images:
            from blog import generated_images

            plan.update(generated_images.plan_images(self.blog, self.cache_folder))
        if not self.site:
            plan.setdefault(self.blog.get_output_path("/favicon.svg"), _plan_favicon())
        conflicts = [path for path in plan if path in other]
        if conflicts:
            message = "Both the landing page and the blog have a file at this path."
            raise BuildError([Problem(path, 0, message) for path in conflicts])
        return plan

    def _plan_site_files(self, plan: BuildPlan, sitemap: list[dict[str, str]], origin: str) -> BuildPlan:
        """Returns the files of the whole output: the sitemap, `robots.txt`, the 404 page and `build.json`.

        A file that `plan` already has is left out, except for `build.json`.
        """
        theme = self.layout.theme
        files = {
            MARKER: feeds.dump_json(self._get_build_info()),
            "robots.txt": f"User-agent: *\nAllow: /\n\nSitemap: {origin}/sitemap.xml\n".encode(),
        }
        site_plan = {name: OutputFile(make_key(data), lambda data=data: data) for name, data in files.items()}  # type: ignore[misc]
        site_plan["sitemap.xml"] = OutputFile(
            make_key(theme.digest, repr(sitemap)),
            lambda: theme.render("sitemap.xml", {"entries": sitemap}).encode(),
        )
        if "404.html" not in plan:
            site_plan["404.html"] = self.layout.plan_page(
                "404.html", b"", lambda: {"page_path": "/404.html", "canonical": f"{origin}/404.html"}
            )
        return {name: file for name, file in site_plan.items() if name == MARKER or name not in plan}

    def _get_build_info(self) -> dict[str, str]:
        """Returns the content of `build.json`: the commit and the time of the next scheduled post."""
        info = {"generator": "blog", "commit": self.site.commit if self.site else ""}
        if self.site and self.content.next_post:
            info["next_post"] = self.content.next_post
        return info

    def _build_context(self) -> dict[str, Any]:
        settings = self.settings
        one_host = not settings.home or settings.home.startswith(settings.url + "/")
        link = settings.build_path if one_host else settings.build_url
        return {
            "language": settings.language,
            "home": "/" if settings.home and one_host else settings.home,
            "blog_path": link("/"),
            "blog_root": settings.build_path("/"),
            "commit": self.site.commit if self.site else "",
            "blog": {
                "title": settings.title,
                "description": settings.description,
                "author": settings.author,
                "url": settings.build_url("/"),
                "rss": link("/rss.xml"),
                "atom": link("/atom.xml"),
                "archive": link("/archive/"),
                "tags": link("/tags/"),
                "search_index": settings.build_path("/search.json"),
                "search_script": settings.build_path("/search.js"),
                "image": settings.build_url("/cards/index.png") if settings.images else "",
            },
            **(self.site.build_context() if self.site else {}),
        }


def _plan_copy(asset: Asset) -> OutputFile:
    return OutputFile(make_key(asset.signature), lambda: Path(asset.file).read_bytes())


def _plan_favicon() -> OutputFile:
    from shared import design

    data = design.svg("favicon").encode()
    return OutputFile(make_key(data), lambda: data)
