"""Renders the JSON-LD of a post, which search engines read."""

from __future__ import annotations

import json

from blog.post import Post
from blog.settings import Settings


def render_json_ld(settings: Settings, post: Post, image: str) -> str:
    """Returns the schema.org data of a post, escaped for a `<script>` element. `image` is an absolute URL."""
    author = post.author or settings.author
    is_organization = author == settings.author
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "BlogPosting" if post.date else "WebPage",
        "headline": post.title,
        "description": post.description,
        "datePublished": post.date,
        "dateModified": post.updated,
        "author": {"@type": "Organization" if is_organization else "Person", "name": author} if author else None,
        "image": image,
        "inLanguage": post.language or settings.language,
        "keywords": list(post.tags),
        "mainEntityOfPage": settings.build_url(f"/{post.slug}/"),
    }
    present = {key: value for key, value in data.items() if value}
    return json.dumps(present, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
