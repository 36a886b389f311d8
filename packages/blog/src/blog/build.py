"""Plans every file of one build, and publishes them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from blog import feeds, pages
from blog.cache import Cache
from blog.errors import BuildError, Problem
from blog.image_metadata import STRIPPABLE, strip_metadata
from blog.layout import Layout, make_key
from blog.links import Asset, LinkResolver
from blog.loader import load_content
from blog.post import format_timestamp
from blog.publish import MARKER, BuildPlan, OutputFile, publish
from blog.rendered_cache import render_posts
from blog.settings import Settings
from blog.strings import get_direction, has_strings, load_strings
from blog.template_context import Blog
from blog.theme import BUILTIN_FOLDER, Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blog.site_pages import SiteContext


class BuildResult(NamedTuple):
    """How many files were written, removed and are in the output, and the number of published posts.

    `drafts` and `scheduled` count the posts that only the development server shows.
    """

    written: int
    removed: int
    total: int
    posts: int
    drafts: int = 0
    scheduled: int = 0
    warnings: tuple[Problem, ...] = ()


class Build:
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
        drafts: bool = False,
    ) -> None:
        self.settings, self.cache, self.cache_folder, self.site = settings, cache, cache_folder, site
        self.root = root
        moment = format_timestamp(now or datetime.now(UTC))
        self.content = load_content(root, cache, moment, time_zone=settings.time_zone, drafts=drafts)
        content = self.content
        links = LinkResolver(settings, content.posts, content.pages, content.assets, content.sources)
        strings_folder = f"{root}/theme/strings"
        strings = load_strings(settings.language, strings_folder)
        rendered = render_posts(root, content, links, cache)
        if content.problems or rendered.problems:
            raise BuildError([*content.problems, *rendered.problems])
        self.warnings = [*content.warnings, *rendered.list_warnings([*content.posts, *content.pages])]
        self.warnings += self._find_missing_images(links)
        if not has_strings(settings.language, strings_folder):
            message = f"There are no words for `{settings.language}`. English is shown; write {strings_folder}/"
            message += f"{settings.language.lower().split('-')[0]}.toml."
            self.warnings.append(Problem("blog.toml", 0, message, is_warning=True))
        partials = [f"{site.web}/partials"] if site else []
        theme = Theme([f"{root}/theme", *partials, BUILTIN_FOLDER])
        context = self._build_context(strings)
        key = make_key(cache.fingerprint, theme.digest, repr(settings), repr(context), reload_script)
        script_hosts = (site.api_url, site.config.analytics.url) if site else ("", "")
        self.layout = Layout(theme, context, key, *script_hosts, reload_script, settings.image_hosts)
        self.blog = Blog(settings, self.content, links, rendered, self.layout, strings, root)

    def _find_missing_images(self, links: LinkResolver) -> list[Problem]:
        """Returns a warning for every `image` of front matter that is no file of the site."""
        problems = []
        for post in (*self.content.posts, *self.content.pages):
            is_own = post.image and not post.image.startswith(("https://", "http://"))
            if is_own and not links.find_asset(post.image, post.file.rpartition("/")[0]):
                message = (
                    f"The `image` {post.image} does not exist. Other sites show no picture for links to this post."
                )
                problems.append(Problem(post.file, 0, message, is_warning=True))
        return problems

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
        if self.settings.images and blog:
            self.warnings += self._check_cards()
        written, removed, total = publish(plan, out, self.cache)
        content = self.content
        return BuildResult(
            written,
            removed,
            total,
            len(content.posts),
            content.drafts,
            content.scheduled,
            tuple(sorted(set(self.warnings))),
        )

    def _check_cards(self) -> list[Problem]:
        """Returns a warning for every social card with letters that no font has."""
        from blog.faces import find_missing_letters

        texts = {post.file: post.title for post in (*self.content.posts, *self.content.pages) if not post.image}
        problems = []
        for file, title in {"blog.toml": self.settings.title, **texts}.items():
            missing = "" if title.isascii() else find_missing_letters(title)
            if missing:
                message = (
                    f"No font has the letters {missing} of the title, so its social card shows the blog's name only."
                )
                message += " Install the package manimgx-fonts-cjk, or put a font into theme/fonts."
                problems.append(Problem(file, 0, message, is_warning=True))
        return problems

    def _plan_blog(self, other: BuildPlan) -> BuildPlan:
        assets = {self.blog.get_output_path(path): asset for path, asset in self.content.assets.items()}
        plan = pages.plan_pages(self.blog)
        problems = [
            Problem(file, 1, f"/{path.removesuffix('index.html')} is already an address of the blog. Choose another.")
            for file, path in self.blog.conflicts
        ]
        parts: list[BuildPlan] = [feeds.plan_feeds(self.blog)]
        if self.settings.images:
            from blog import generated_images

            parts.append(generated_images.plan_images(self.blog, self.cache_folder))
        for part in parts:
            problems += self._find_conflicts(plan, part)
            plan.update(part)
        # A file of `static` may replace these.
        own = {path: _plan_copy(asset) for path, asset in assets.items()}
        problems += self._find_conflicts(plan, own)
        plan.update(own)
        if not self.site:
            plan.setdefault(self.blog.get_output_path("/favicon.svg"), _plan_favicon())
        message = "Both the landing page and the blog have a file at this path."
        problems += [Problem(path, 0, message) for path in plan if path in other]
        problems += _find_files_that_are_folders({**other, **plan})
        if problems:
            raise BuildError(problems)
        return plan

    def _find_conflicts(self, plan: BuildPlan, more: BuildPlan) -> list[Problem]:
        """Returns a problem for every path that both plans have."""
        assets = {self.blog.get_output_path(path): asset for path, asset in self.content.assets.items()}
        problems = []
        for path in more:
            if path in plan:
                file = os.path.relpath(assets[path].file, self.root) if path in assets else path
                message = f"/{path.removesuffix('index.html')} is already an address of the blog. Rename the file."
                problems.append(Problem(file, 0, message))
        return problems

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

    def _get_build_info(self) -> dict[str, object]:
        """Returns the content of `build.json`: the commit, the time of the next scheduled post and own size limits."""
        info: dict[str, object] = {"generator": "blog", "commit": self.site.commit if self.site else ""}
        if self.site and self.content.next_post:
            info["next_post"] = self.content.next_post
        defaults = Settings()
        for limit in ("page_limit", "list_limit", "search_limit"):
            if getattr(self.settings, limit) != getattr(defaults, limit):
                info[limit] = getattr(self.settings, limit)
        return info

    def _build_context(self, strings: Mapping[str, str]) -> dict[str, Any]:
        settings = self.settings
        one_host = not settings.home or settings.home.startswith(settings.url + "/")
        link = settings.build_path if one_host else settings.build_url
        return {
            "language": settings.language,
            "direction": get_direction(settings.language),
            "t": dict(strings),
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
                "search_parts": feeds.count_search_parts(len(self.content.posts)),
                "search_script": settings.build_path("/search.js"),
                "embed_script": settings.build_path("/embed.js"),
                "image": settings.build_url("/cards/index.png") if settings.images else "",
            },
            **(self.site.build_context() if self.site else {}),
        }


def _plan_copy(asset: Asset) -> OutputFile:
    """Returns a copy of a file. A picture loses what it says about its place and its maker."""
    if not asset.file.lower().endswith(STRIPPABLE):
        return OutputFile(make_key(asset.signature), lambda: Path(asset.file).read_bytes())
    return OutputFile(make_key("stripped", asset.signature), lambda: strip_metadata(Path(asset.file).read_bytes()))


def _find_files_that_are_folders(plan: BuildPlan) -> list[Problem]:
    """Returns a problem for every file that has the name of a folder."""
    folders = {path[:position] for path in plan for position, letter in enumerate(path) if letter == "/"}
    message = "This address is a file and a folder too. Rename one of them."
    return [Problem(path, 0, message) for path in plan.keys() & folders]


def _plan_favicon() -> OutputFile:
    from shared import design

    data = design.svg("favicon").encode()
    return OutputFile(make_key(data), lambda: data)
