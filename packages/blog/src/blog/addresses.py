"""Checks the addresses that posts ask for: each belongs to one post, and those of the blog itself to none."""

from __future__ import annotations

from collections.abc import Iterator

from blog.errors import Problem
from blog.post import Post

RESERVED_NAMES = {
    "archive": "the list of all posts",
    "page": "the pages of the list",
    "tags": "the list of tags",
    "cards": "the social cards",
    "404.html": "the page for unknown addresses",
    "atom.xml": "the Atom feed",
    "rss.xml": "the RSS feed",
    "build.json": "the description of the build",
    "index.html": "the list of posts",
    "posts.json": "the list of posts for programs",
    "robots.txt": "the rules for robots",
    "search.js": "the search",
    "embed.js": "embedded players",
    "search.json": "the index of the search",
    "sitemap.xml": "the sitemap",
}


def name_alias_file(alias: str) -> str:
    """Returns the output file of an alias, without the base path."""
    return alias if alias.endswith(".html") else f"{alias}/index.html"


def find_self_aliases(posts: list[Post]) -> Iterator[Problem]:
    for post in posts:
        for alias in post.aliases:
            if name_alias_file(alias) == f"{post.slug}/index.html":
                message = f"The alias `/{alias}/` is the address of the post itself. It is ignored; remove it."
                yield Problem(post.file, 0, message, is_warning=True)


def find_reserved_addresses(posts: list[Post]) -> Iterator[Problem]:
    for post in posts:
        if post.slug in RESERVED_NAMES:
            message = f"`{post.slug}` is reserved for {RESERVED_NAMES[post.slug]}. Give the post another `slug`."
            yield Problem(post.file, 1, message)
        for alias in post.aliases:
            if alias in RESERVED_NAMES:
                yield Problem(post.file, 1, f"The alias `/{alias}` is reserved for {RESERVED_NAMES[alias]}. Remove it.")


def find_duplicate_addresses(posts: list[Post]) -> Iterator[Problem]:
    files: dict[str, str] = {}
    for post in posts:
        for slug in (post.slug, *post.aliases):
            name = name_alias_file(slug) if slug != post.slug else f"{slug}/index.html"
            other = files.setdefault(name, post.file)
            if other != post.file:
                message = f"The URL /{slug}/ already belongs to {other}. Give one of them another `slug`."
                yield Problem(post.file, 1, message)
