"""The pages of a blog as a plan: posts, lists, tags, archive, feeds, search index, redirects."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any, NamedTuple

from blog.addresses import Addresses
from blog.bodies import Bodies
from blog.content import Post
from blog.policy import seal
from blog.publish import Output, Plan
from blog.settings import Settings
from blog.shelf import Shelf
from blog.slugs import slugify
from blog.theme import Theme

IN_FEEDS = 20
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Frame(NamedTuple):
    """What pages share besides the posts. `context` goes to every template and `key` stands for it.

    `live` is the address of the development server's script, empty in a real build.
    """

    theme: Theme
    context: dict[str, Any]
    key: bytes
    api_url: str = ""
    live: str = ""

    def page(self, template: str, key: bytes, context: Callable[[], dict[str, Any]]) -> Output:
        """The output of one sealed HTML page."""

        def make() -> bytes:
            html = self.theme.render(template, {**self.context, **context()})
            return seal(html, api_url=self.api_url, live=self.live).encode()

        return Output(digest(self.key, template, key), make)


def digest(*parts: bytes | str) -> bytes:
    """A cache key over its parts."""
    return blake2b(b"\0".join(p if isinstance(p, bytes) else p.encode() for p in parts), digest_size=16).digest()


def day(moment: str) -> str:
    """A stored moment as people read it: 3 Nov 2026."""
    return f"{int(moment[8:10])} {_MONTHS[int(moment[5:7]) - 1]} {moment[:4]}" if moment else ""


class Tag(NamedTuple):
    name: str
    slug: str
    posts: list[Post]


class Blog:
    """The blog of one build. `plan` adds its files to a plan; `addresses_of` lists its pages for the sitemap."""

    def __init__(self, settings: Settings, shelf: Shelf, addresses: Addresses, bodies: Bodies, frame: Frame) -> None:
        self.settings = settings
        self.shelf = shelf
        self.addresses = addresses
        self.bodies = bodies
        self.frame = frame
        self._views: dict[str, dict[str, Any]] = {}

    @cached_property
    def tags(self) -> dict[str, Tag]:
        """Tags by slug, in order of the alphabet. The newest post decides how a tag is spelled."""
        found: dict[str, Tag] = {}
        for post in self.shelf.posts:
            for name in post.tags:
                slug = slugify(name)
                found.setdefault(slug, Tag(name, slug, [])).posts.append(post)
        return {slug: found[slug] for slug in sorted(found)}

    @cached_property
    def _tag_slugs(self) -> dict[str, str]:
        return {name: slugify(name) for post in self.shelf.posts for name in post.tags}

    @cached_property
    def faces(self) -> dict[str, str]:
        """What lists show of each post, as text for keys."""
        rows, tags, slugs = self.bodies.rows, self.tags, self._tag_slugs
        return {
            p.file: f"{p.slug}\0{p.title}\0{p.description}\0{p.date}\0{rows[p.file].minutes}\0"
            + "\0".join([tags[slugs[name]].name for name in p.tags])
            for p in self.shelf.posts
        }

    def view(self, post: Post) -> dict[str, Any]:
        """The post as lists show it."""
        view = self._views.get(post.file)
        if view is None:
            tags = [self.tags[self._tag_slugs[name]] for name in post.tags if name in self._tag_slugs]
            view = self._views[post.file] = {
                "title": post.title,
                "url": self.settings.path(f"/{post.slug}/"),
                "description": post.description,
                "date": post.date,
                "day": day(post.date),
                "minutes": self.bodies.rows[post.file].minutes,
                "tags": [{"name": tag.name, "url": self.settings.path(f"/tags/{tag.slug}/")} for tag in tags],
            }
        return view

    def social_image(self, post: Post) -> str:
        """Full address of the picture that stands for the post elsewhere; empty if it has none."""
        if post.image.startswith(("https://", "http://")):
            return post.image
        asset = self.addresses.asset(post.image) if post.image else None
        if asset or post.image:
            return self.settings.absolute(asset or f"/{post.image.lstrip('/')}")
        return self.settings.absolute(f"/cards/{post.slug}.png") if self.settings.images else ""

    def full(self, post: Post) -> dict[str, Any]:
        """The post as its own page shows it."""
        from blog.linked import linked_data

        row = self.bodies.rows[post.file]
        image = self.social_image(post)
        return {
            **self.view(post),
            "html": _safe(self.bodies.html(post.file)),
            "headings": [{"level": level, "id": name, "text": text} for level, name, text in row.headings],
            "updated": post.updated,
            "updated_day": day(post.updated),
            "author": post.author or self.settings.author,
            "image": image,
            "linked_data": _safe(linked_data(self.settings, post, image)),
        }

    def plan(self) -> Plan:
        """Every file of the blog, below the base path."""
        plan: Plan = {}
        for post, newer, older in _with_neighbors(self.shelf.posts):
            self._add_post(plan, post, newer, older)
        for page in self.shelf.pages:
            self._add_post(plan, page, None, None, template="page.html")
        self._add_index(plan)
        self._add_archive(plan)
        self._add_tags(plan)
        return plan

    def place(self, path: str) -> str:
        """Where in the output folder the page of an address lies."""
        return (self.settings.base_path + path).lstrip("/") + ("index.html" if path.endswith("/") else "")

    def at(self, path: str) -> dict[str, Any]:
        """What every template knows about its own address."""
        return {"page_path": self.settings.path(path), "canonical": self.settings.absolute(path)}

    def _add_post(
        self, plan: Plan, post: Post, newer: Post | None, older: Post | None, *, template: str = "post.html"
    ) -> None:
        path = f"/{post.slug}/"
        near = [(other.slug, other.title) if other else ("", "") for other in (older, newer)]
        facts = (post.updated, post.author, self.social_image(post), near)
        key = digest(
            self.bodies.rows[post.file].key, self.faces.get(post.file, post.title + post.description), repr(facts)
        )

        def context() -> dict[str, Any]:
            beside = {"previous": older and self.view(older), "next": newer and self.view(newer)}
            return {**self.at(path), **beside, "post": self.full(post)}

        plan[self.place(path)] = self.frame.page(template, key, context)
        for alias in post.aliases:
            old = {"canonical": self.settings.absolute(path), "post": self.view(post)}
            moved = self.frame.page("redirect.html", digest(post.slug, post.title), lambda old=old: old)  # type: ignore[misc]
            plan[self.place(f"/{alias}" if alias.endswith(".html") else f"/{alias}/")] = moved

    def _add_index(self, plan: Plan) -> None:
        posts, size = self.shelf.posts, self.settings.posts_per_page
        pages = max(1, -(-len(posts) // size))
        for number in range(1, pages + 1):
            self._add_list(
                plan,
                "index.html",
                self._page_path(number),
                posts[(number - 1) * size : number * size],
                {
                    "number": number,
                    "pages": pages,
                    "newer": self.settings.path(self._page_path(number - 1)),
                    "older": self.settings.path(self._page_path(number + 1)),
                },
            )

    @staticmethod
    def _page_path(number: int) -> str:
        return f"/page/{number}/" if number > 1 else "/"

    def _add_archive(self, plan: Plan) -> None:
        posts = self.shelf.posts

        def years() -> dict[str, Any]:
            found: dict[str, list[dict[str, Any]]] = {}
            for post in posts:
                found.setdefault(post.date[:4], []).append(self.view(post))
            return {"years": [{"name": year, "posts": listed} for year, listed in found.items()]}

        self._add_list(plan, "archive.html", "/archive/", posts, {}, more=years)

    def _add_tags(self, plan: Plan) -> None:
        cloud = [
            {"name": tag.name, "url": self.settings.path(f"/tags/{tag.slug}/"), "count": len(tag.posts)}
            for tag in self.tags.values()
        ]
        plan[self.place("/tags/")] = self.frame.page(
            "tags.html", digest(repr(cloud)), lambda: {**self.at("/tags/"), "tags": cloud}
        )
        for tag in self.tags.values():
            fixed = {"tag": {"name": tag.name, "slug": tag.slug}}
            self._add_list(plan, "tag.html", f"/tags/{tag.slug}/", tag.posts, fixed)

    def _add_list(
        self,
        plan: Plan,
        template: str,
        path: str,
        posts: Sequence[Post],
        fixed: dict[str, Any],
        *,
        more: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        key = digest(repr(fixed), *(self.faces[post.file] for post in posts))

        def context() -> dict[str, Any]:
            return {**self.at(path), **fixed, **more(), "listed": [self.view(post) for post in posts]}

        plan[self.place(path)] = self.frame.page(template, key, context)

    def addresses_of(self) -> list[dict[str, str]]:
        """Every page for the sitemap, with the day it last changed."""
        posts = self.shelf.posts
        newest = max((post.updated for post in posts), default="")
        pages = max(1, -(-len(posts) // self.settings.posts_per_page))
        entries = [(self._page_path(number), newest) for number in range(1, pages + 1)]
        entries += [("/archive/", newest), ("/tags/", newest)]
        entries += [(f"/{post.slug}/", post.updated) for post in (*self.shelf.pages, *posts)]
        entries += [(f"/tags/{tag.slug}/", max(post.updated for post in tag.posts)) for tag in self.tags.values()]
        return [{"address": self.settings.absolute(path), "changed": changed} for path, changed in entries]


def as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _with_neighbors(posts: Sequence[Post]) -> list[tuple[Post, Post | None, Post | None]]:
    """Each post with the next newer and the next older one."""
    return list(zip(posts, [None, *posts], [*posts[1:], None], strict=False))


def _safe(html: str) -> str:
    from minijinja import safe

    return safe(html)
