"""Builds the data that templates receive for posts and tags, and cache keys for it."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from blog.layout import Layout
from blog.links import LinkResolver
from blog.loader import Content
from blog.post import Post
from blog.rendered_cache import RenderedPosts
from blog.settings import Settings
from blog.slugs import decode_url, slugify
from blog.strings import fill, find_text_language, format_day
from blog.theme import mark_safe

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def normalize_tag(name: str) -> str:
    """Returns what two spellings of one tag have in common: the letters, without case and kind of separator."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return folded if folded.isalnum() else re.sub(r"[\s_-]+", " ", folded).strip()


class Tag(NamedTuple):
    name: str
    slug: str
    posts: list[Post]


class Blog:
    """The blog of one build, with everything that its pages may show."""

    def __init__(  # noqa: PLR0917
        self,
        settings: Settings,
        content: Content,
        links: LinkResolver,
        rendered: RenderedPosts,
        layout: Layout,
        strings: Mapping[str, str],
        root: str,
    ) -> None:
        self.settings = settings
        self.content = content
        self.links = links
        self.rendered = rendered
        self.layout = layout
        self.strings = strings
        self.root = root
        self.conflicts: list[tuple[str, str]] = []
        self._summaries: dict[str, dict[str, Any]] = {}

    @cached_property
    def tags(self) -> dict[str, Tag]:
        """The tags by slug, sorted. The newest post decides the spelling of a tag."""
        tags: dict[str, Tag] = {}
        for post in self.content.posts:
            for name in post.tags:
                slug = self._tag_slugs[normalize_tag(name)]
                tag = tags.setdefault(slug, Tag(name, slug, []))
                if not tag.posts or tag.posts[-1] is not post:
                    tag.posts.append(post)
        return {slug: tags[slug] for slug in sorted(tags)}

    @cached_property
    def _tag_slugs(self) -> dict[str, str]:
        """The slug of every tag by its normal form.

        Two tags that differ can have one slug, as `resume` and `résumé` do. The one that was used first keeps it; the
        other gets a number.
        """
        slugs: dict[str, str] = {}
        used: set[str] = set()
        for post in reversed(self.content.posts):
            for name in post.tags:
                normal = normalize_tag(name)
                if normal in slugs:
                    continue
                base = slug = slugify(name)
                number = 2
                while slug in used:
                    slug, number = f"{base}-{number}", number + 1
                slugs[normal] = slug
                used.add(slug)
        return slugs

    def find_tags(self, post: Post) -> list[Tag]:
        """Returns the tags of a post, each once. Tags of a page that no post has are left out."""
        slugs = dict.fromkeys(self._tag_slugs.get(normalize_tag(name), "") for name in post.tags)
        return [self.tags[slug] for slug in slugs if slug]

    def describe_badge(self, post: Post) -> str:
        """Returns why readers cannot see the post yet, or an empty text.

        Only the development server shows such posts.
        """
        if post.draft:
            return self.strings["draft"]
        if post.published_at > self.content.now:
            return fill(self.strings["scheduled"], day=format_day(post.date, self.strings))
        return ""

    @cached_property
    def summary_keys(self) -> dict[str, str]:
        """What lists show of each post, by file, as text for cache keys."""
        rows = self.rendered.rows
        return {
            p.file: f"{p.slug}\0{p.title}\0{p.description}\0{p.date}\0{rows[p.file].minutes}\0"
            f"{p.language}\0{self.describe_badge(p)}\0"
            + "\0".join([f"{tag.name}\0{tag.slug}" for tag in self.find_tags(p)])
            for p in self.content.posts
        }

    def build_summary(self, post: Post) -> dict[str, Any]:
        """Returns what lists show of a post."""
        summary = self._summaries.get(post.file)
        if summary is None:
            tags = self.find_tags(post)
            summary = self._summaries[post.file] = {
                "title": post.title,
                "title_attributes": self._write_attributes(post, post.title),
                "language": find_text_language("", post.language, self.settings.language)[0],
                "url": self.settings.build_path(f"/{post.slug}/"),
                "description": post.description,
                "description_attributes": self._write_attributes(post, post.description),
                "date": post.date,
                "day": format_day(post.date, self.strings),
                "badge": self.describe_badge(post),
                "minutes": self.rendered.rows[post.file].minutes,
                "tags": [{"name": tag.name, "url": self.settings.build_path(f"/tags/{tag.slug}/")} for tag in tags],
            }
        return summary

    def _write_attributes(self, post: Post, text: str) -> str:
        """Returns `lang` and `dir` for a text of a post, each with a leading space, where they are not the site's."""
        lang, direction = find_text_language(text, post.language, self.settings.language)
        attributes = f' lang="{lang}"' * bool(lang) + f' dir="{direction}"' * bool(direction)
        return mark_safe(attributes) if attributes else ""

    def write_body_attributes(self, post: Post) -> str:
        """Returns `lang` and `dir` for the text of a post. The letters give the direction of an unknown language."""
        attributes = self._write_attributes(post, post.title)
        return mark_safe(' dir="auto"') if attributes and not post.language else attributes

    def find_social_image(self, post: Post) -> str:
        """Returns the absolute URL of the post's social image, or an empty text."""
        if post.image.startswith(("https://", "http://")):
            return post.image
        if post.image:
            asset = self.links.find_asset(post.image, post.file.rpartition("/")[0])
            return self.settings.build_url(asset or decode_url(f"/{post.image.lstrip('/')}"))
        return self.settings.build_url(f"/cards/{post.slug}.png") if self.settings.images else ""

    def build_detail(self, post: Post) -> dict[str, Any]:
        """Returns what the post's own page shows."""
        from blog.json_ld import render_json_ld

        row = self.rendered.rows[post.file]
        image = self.find_social_image(post)
        html = self.rendered.load_html(post.file)
        return {
            **self.build_summary(post),
            "html": mark_safe(html),
            "attributes": self.write_body_attributes(post),
            "has_extras": row.has_extras,
            "headings": [{"level": level, "id": name, "text": text} for level, name, text in row.headings],
            "updated": post.updated,
            "updated_day": format_day(post.updated, self.strings),
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
