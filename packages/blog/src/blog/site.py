"""Building: a content folder, or the whole public site of this house, from sources to files.

from blog.site import build_folder, build_site

built = build_site(Path("site.toml"), out=Path("dist/site"), cache=Path(".cache/blog"), commit="abc123")
print(built.written, "of", built.total)
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from blog import engine, feeds, pages, shelf
from blog.addresses import Addresses, Asset
from blog.bodies import render_all
from blog.cache import Cache
from blog.faults import Fault, Faulty
from blog.frame import Frame, digest
from blog.post import stamp
from blog.publish import MARK, Output, Plan, Published, publish
from blog.settings import Settings, house_of, of_folder, of_site
from blog.theme import OWN, Theme
from blog.views import Blog

if TYPE_CHECKING:
    from blog.house import House


class Built(NamedTuple):
    """What a build did: files written, removed and altogether, and the number of published posts."""

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
    live: str = "",
) -> Built:
    """Build a content folder (its shape is in the README) into `out`, the root of a web site.

    `base_url` and `base_path` replace what `blog.toml` says; `images` turns smaller copies and social cards on or off;
    posts dated after `now` (default: this moment) are held back. `live` is the address of a script for every page.
    Raises `Faulty` with every fault found, those of the theme included; then `out` is as it was.

    The blog of this repository wears the shell of the landing page; links to that page lead nowhere in `out` alone.
    """
    folder = os.path.abspath(root)
    if not os.path.isdir(folder):
        raise Faulty([Fault(str(root), 0, "There is no such folder.")])
    settings = of_folder(folder).placed(base_url, base_path)
    if images is not None:
        settings = settings._replace(images=images)
    with Cache(os.fspath(cache), engine.version()) as known:
        house = _house_around(folder, settings)
        return _Build(settings, folder, known, os.fspath(cache), now, house=house, live=live).run(os.path.abspath(out))


def build_site(
    site_file: Path,
    out: Path,
    cache: Path,
    *,
    api_url: str | None = None,
    site_url: str | None = None,
    commit: str = "",
    now: datetime | None = None,
    live: str = "",
) -> Built:
    """Build the landing page and the blog that `site.toml` describes.

    With the placement "path" both go to `out`, the blog below `/blog/`. With "subdomain" the blog goes to the folder
    `blog` beside `out`. `api_url` is where the form posts to (default: the public API), `site_url` replaces the public
    address of the site, `commit` is shown and kept in `build.json`.
    Raises `Faulty` as `build_folder` does.
    """
    from blog.house import House
    from shared import site_config

    try:
        facts = site_config.load(site_file)
    except site_config.SiteConfigError as fault:
        raise Faulty([Fault(os.fspath(site_file), 0, str(fault))]) from fault
    root = os.path.dirname(os.path.abspath(site_file))
    url = (site_url or facts.url).rstrip("/")
    house = House(facts, root, url, (api_url or facts.api_url).rstrip("/"), commit)
    settings = of_site(facts, site_url and url)
    with Cache(os.fspath(cache), engine.version()) as known:
        build = _Build(settings, f"{root}/packages/blog", known, os.fspath(cache), now, house=house, live=live)
        if facts.blog.placement == "path":
            return build.run(os.path.abspath(out), landing=True, blog=True)
        landing = build.run(os.path.abspath(out), landing=True, blog=False)
        blog = build.run(os.path.join(os.path.dirname(os.path.abspath(out)), "blog"))
        return Built(
            landing.written + blog.written, landing.removed + blog.removed, landing.total + blog.total, blog.posts
        )


def _house_around(folder: str, settings: Settings) -> House | None:
    """The house whose blog this folder is, if any."""
    facts = house_of(folder)
    if facts is None:
        return None
    from blog.house import House

    return House(facts, os.path.dirname(os.path.dirname(folder)), settings.url, facts.api_url, "")


class _Build:
    """One run of the engine over one content folder."""

    def __init__(
        self,
        settings: Settings,
        root: str,
        cache: Cache,
        cache_folder: str,
        now: datetime | None,
        *,
        house: House | None = None,
        live: str = "",
    ) -> None:
        self.settings, self.cache, self.cache_folder, self.house = settings, cache, cache_folder, house
        self.shelf = shelf.read(root, cache, stamp(now or datetime.now(UTC)))
        addresses = Addresses(settings, self.shelf.posts, self.shelf.pages, self.shelf.assets)
        bodies = render_all(root, self.shelf, addresses, cache)
        partials = [f"{house.web}/partials"] if house else []
        theme = Theme([f"{root}/theme", *partials, OWN])
        context = self._context()
        key = digest(engine.version(), theme.digest, repr(settings), repr(context), live)
        partners = (house.api_url, house.site.analytics.url) if house else ("", "")
        self.frame = Frame(theme, context, key, *partners, live)
        self.blog = Blog(settings, self.shelf, addresses, bodies, self.frame)

    def run(self, out: str, *, landing: bool = False, blog: bool = True) -> Built:
        """Publish the chosen parts to `out`."""
        plan: Plan = {}
        addresses: list[dict[str, str]] = []
        origin = self.settings.url
        if self.house:
            origin = self.house.url if landing else origin
            plan.update({path.lstrip("/"): _copy(asset) for path, asset in self.house.assets().items()})
        if landing and self.house:
            from blog import house

            plan.update(house.landing(self.house, self.settings, self.frame, self.blog, self.cache_folder))
            addresses += house.addresses_of(self.house)
        if blog:
            plan.update(self._blog_files(plan))
            addresses += pages.addresses_of(self.blog)
        plan.update(self._about_all(plan, addresses, origin))
        done: Published = publish(plan, out, self.cache)
        return Built(*done, posts=len(self.shelf.posts))

    def _blog_files(self, others: Plan) -> Plan:
        files = {**pages.plan(self.blog), **feeds.plan(self.blog)}
        for path, asset in self.shelf.assets.items():
            files[self.blog.place(path)] = _copy(asset)
        if self.settings.images:
            from blog import pictures

            files.update(pictures.plan(self.blog, self.cache_folder))
        if not self.house:
            files.setdefault(self.blog.place("/favicon.svg"), _favicon())
        clash = [path for path in files if path in others]
        if clash:
            raise Faulty([Fault(path, 0, "The landing page and the blog both want this address.") for path in clash])
        return files

    def _about_all(self, plan: Plan, addresses: list[dict[str, str]], origin: str) -> Plan:
        """The files that speak of the whole output: sitemap, robots, the page for lost visitors, and the mark."""
        theme = self.frame.theme
        about = {
            "build.json": feeds.as_json(self._build_facts()),
            "robots.txt": f"User-agent: *\nAllow: /\n\nSitemap: {origin}/sitemap.xml\n".encode(),
        }
        files = {name: Output(digest(data), lambda data=data: data) for name, data in about.items()}  # type: ignore[misc]
        files["sitemap.xml"] = Output(
            digest(theme.digest, repr(addresses)),
            lambda: theme.render("sitemap.xml", {"addresses": addresses}).encode(),
        )
        if "404.html" not in plan:
            files["404.html"] = self.frame.page(
                "404.html", b"", lambda: {"page_path": "/404.html", "canonical": f"{origin}/404.html"}
            )
        return {name: output for name, output in files.items() if name == MARK or name not in plan}

    def _build_facts(self) -> dict[str, str]:
        """What `build.json` says: the built commit, and when the next scheduled post of the site is due."""
        facts = {"generator": "blog", "commit": self.house.commit if self.house else ""}
        if self.house and self.shelf.next_post:
            facts["next_post"] = self.shelf.next_post
        return facts

    def _context(self) -> dict[str, Any]:
        settings = self.settings
        one_host = not settings.home or settings.home.startswith(settings.url + "/")
        link = settings.path if one_host else settings.absolute
        return {
            "language": settings.language,
            "home": "/" if settings.home and one_host else settings.home,
            "blog_path": link("/"),
            "blog_root": settings.path("/"),
            "commit": self.house.commit if self.house else "",
            "blog": {
                "title": settings.title,
                "description": settings.description,
                "author": settings.author,
                "url": settings.absolute("/"),
                "rss": link("/rss.xml"),
                "atom": link("/atom.xml"),
                "archive": link("/archive/"),
                "tags": link("/tags/"),
                "search_index": settings.path("/search.json"),
                "search_script": settings.path("/search.js"),
                "image": settings.absolute("/cards/index.png") if settings.images else "",
            },
            **(self.house.context() if self.house else {}),
        }


def _copy(asset: Asset) -> Output:
    return Output(digest(asset.seen), lambda: Path(asset.file).read_bytes())


def _favicon() -> Output:
    from shared import design

    data = design.svg("favicon").encode()
    return Output(digest(data), lambda: data)
