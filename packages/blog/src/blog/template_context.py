"""Builds the data that templates receive for posts and tags, and cache keys for it."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

from blog.layout import Layout
from blog.links import LinkResolver
from blog.loader import Content
from blog.post import Post
from blog.rendered_cache import RenderedPosts
from blog.settings import Settings
from blog.slugs import slugify
from blog.theme import MONTHS, mark_safe


def format_day(timestamp: str) -> str:
    """Returns the day of a timestamp for readers, such as `3 Nov 2026`."""
    return f"{int(timestamp[8:10])} {MONTHS[int(timestamp[5:7]) - 1]} {timestamp[:4]}" if timestamp else ""


class Tag(NamedTuple):
    name: str
    slug: str
    posts: list[Post]


class Blog:
    """The blog of one build, with everything that its pages may show."""

    def __init__(
        self, settings: Settings, content: Content, links: LinkResolver, rendered: RenderedPosts, layout: Layout
    ) -> None:
        self.settings = settings
        self.content = content
        self.links = links
        self.rendered = rendered
        self.layout = layout
        self._summaries: dict[str, dict[str, Any]] = {}

    @cached_property
    def tags(self) -> dict[str, Tag]:
        """The tags by slug, sorted. The newest post decides the spelling of a tag."""
        tags: dict[str, Tag] = {}
        for post in self.content.posts:
            for name in post.tags:
                slug = slugify(name)
                tags.setdefault(slug, Tag(name, slug, [])).posts.append(post)
        return {slug: tags[slug] for slug in sorted(tags)}

    @cached_property
    def summary_keys(self) -> dict[str, str]:
        """What lists show of each post, by file, as text for cache keys."""
        rows, tags = self.rendered.rows, self.tags
        return {
            p.file: f"{p.slug}\0{p.title}\0{p.description}\0{p.date}\0{rows[p.file].minutes}\0"
            + "\0".join([tags[slugify(name)].name for name in p.tags])
            for p in self.content.posts
        }

    def build_summary(self, post: Post) -> dict[str, Any]:
        """Returns what lists show of a post."""
        summary = self._summaries.get(post.file)
        if summary is None:
            tags = [self.tags[slug] for slug in map(slugify, post.tags) if slug in self.tags]
            summary = self._summaries[post.file] = {
                "title": post.title,
                "url": self.settings.build_path(f"/{post.slug}/"),
                "description": post.description,
                "date": post.date,
                "day": format_day(post.date),
                "minutes": self.rendered.rows[post.file].minutes,
                "tags": [{"name": tag.name, "url": self.settings.build_path(f"/tags/{tag.slug}/")} for tag in tags],
            }
        return summary

    def find_social_image(self, post: Post) -> str:
        """Returns the absolute URL of the post's social image, or an empty text."""
        if post.image.startswith(("https://", "http://")):
            return post.image
        asset = self.links.find_asset(post.image) if post.image else None
        if asset or post.image:
            return self.settings.build_url(asset or f"/{post.image.lstrip('/')}")
        return self.settings.build_url(f"/cards/{post.slug}.png") if self.settings.images else ""

    def build_detail(self, post: Post) -> dict[str, Any]:
        """Returns what the post's own page shows."""
        from blog.json_ld import render_json_ld

        row = self.rendered.rows[post.file]
        image = self.find_social_image(post)
        return {
            **self.build_summary(post),
            "html": mark_safe(self.rendered.load_html(post.file)),
            "headings": [{"level": level, "id": name, "text": text} for level, name, text in row.headings],
            "updated": post.updated,
            "updated_day": format_day(post.updated),
            "author": post.author or self.settings.author,
            "image": image,
            "json_ld": mark_safe(render_json_ld(self.settings, post, image)),
        }

    def get_output_path(self, path: str) -> str:
        """Returns the file below the output folder that serves a path of the blog."""
        return (self.settings.base_path + path).lstrip("/") + ("index.html" if path.endswith("/") else "")

    def build_url_context(self, path: str) -> dict[str, Any]:
        """Returns what every template receives about its own URL."""
        return {"page_path": self.settings.build_path(path), "canonical": self.settings.build_url(path)}
