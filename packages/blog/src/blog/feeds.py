"""RSS, Atom, the search index and the manifest: the blog for programs."""

from __future__ import annotations

import json
from typing import Any

from blog.frame import digest
from blog.post import Post
from blog.publish import Output, Plan
from blog.views import Blog

IN_FEEDS = 20


def plan(blog: Blog) -> Plan:
    """`rss.xml`, `atom.xml`, `search.json`, `search.js` and `posts.json` below the base path."""
    posts = blog.shelf.posts
    newest = posts[:IN_FEEDS]
    rows = blog.bodies.rows
    shown = [rows[post.file].key + f"{blog.faces[post.file]}{post.updated}{post.author}".encode() for post in newest]
    faces = [blog.faces[post.file] for post in posts]
    files: Plan = {}

    def feed(name: str) -> Output:
        def make() -> bytes:
            context = {
                **blog.frame.context,
                **blog.at(f"/{name}"),
                "entries": [_entry(blog, post) for post in newest],
                "newest": max((post.updated for post in newest), default=""),
            }
            return blog.frame.theme.render(name, context).encode()

        return Output(digest(blog.frame.key, name, *shown), make)

    for name in ("rss.xml", "atom.xml"):
        files[blog.place(f"/{name}")] = feed(name)
    bodies = [rows[post.file].key for post in posts]
    files[blog.place("/search.json")] = Output(
        digest(blog.frame.key, "search", *faces, *bodies), lambda: as_json([_row(blog, post) for post in posts])
    )
    script = blog.frame.theme.files["search.js"].encode()
    files[blog.place("/search.js")] = Output(digest(script), lambda: script)
    files[blog.place("/posts.json")] = Output(
        digest(blog.frame.key, "manifest", *faces), lambda: as_json([_manifest(blog, post) for post in posts])
    )
    return files


def _entry(blog: Blog, post: Post) -> dict[str, Any]:
    from blog.absolute import absolute

    address = blog.settings.absolute(f"/{post.slug}/")
    return {
        **blog.view(post),
        "address": address,
        "updated": post.updated,
        "author": post.author or blog.settings.author,
        "content": absolute(blog.bodies.html(post.file), blog.settings.url, address),
    }


def _row(blog: Blog, post: Post) -> list[str]:
    view = blog.view(post)
    headings = " ".join(text for _, _, text in blog.bodies.rows[post.file].headings)
    return [view["url"], post.title, " ".join(post.tags), headings, post.description]


def _manifest(blog: Blog, post: Post) -> dict[str, object]:
    return {
        "slug": post.slug,
        "title": post.title,
        "date": post.date,
        "tags": list(post.tags),
        "url": blog.settings.absolute(f"/{post.slug}/"),
    }


def as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
