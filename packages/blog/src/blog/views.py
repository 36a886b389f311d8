"""What templates are shown of posts and tags, and what of it decides whether a page must be made again."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

from blog.addresses import Addresses
from blog.bodies import Bodies
from blog.frame import Frame
from blog.post import Post
from blog.settings import Settings
from blog.shelf import Shelf
from blog.slugs import slugify
from blog.theme import MONTHS, safe


def day(moment: str) -> str:
    """A stored moment as people read it: 3 Nov 2026."""
    return f"{int(moment[8:10])} {MONTHS[int(moment[5:7]) - 1]} {moment[:4]}" if moment else ""


class Tag(NamedTuple):
    name: str
    slug: str
    posts: list[Post]


class Blog:
    """The blog of one build: its posts, newest first, with everything a page may show of them."""

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
            "html": safe(self.bodies.html(post.file)),
            "headings": [{"level": level, "id": name, "text": text} for level, name, text in row.headings],
            "updated": post.updated,
            "updated_day": day(post.updated),
            "author": post.author or self.settings.author,
            "image": image,
            "linked_data": safe(linked_data(self.settings, post, image)),
        }

    def place(self, path: str) -> str:
        """Where in the output folder the page of an address lies."""
        return (self.settings.base_path + path).lstrip("/") + ("index.html" if path.endswith("/") else "")

    def at(self, path: str) -> dict[str, Any]:
        """What every template knows about its own address."""
        return {"page_path": self.settings.path(path), "canonical": self.settings.absolute(path)}
