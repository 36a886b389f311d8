"""What search engines read: JSON-LD of a post."""

from __future__ import annotations

import json

from blog.post import Post
from blog.settings import Settings


def linked_data(settings: Settings, post: Post, image: str) -> str:
    """schema.org data of a post, safe inside a `<script>` element."""
    address = settings.absolute(f"/{post.slug}/")
    author = post.author or settings.author
    house = author == settings.author
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "BlogPosting" if post.date else "WebPage",
        "headline": post.title,
        "description": post.description,
        "datePublished": post.date,
        "dateModified": post.updated,
        "author": {"@type": "Organization" if house else "Person", "name": author} if author else None,
        "image": image,
        "keywords": list(post.tags),
        "mainEntityOfPage": address,
    }
    filled = {key: value for key, value in data.items() if value}
    return json.dumps(filled, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
