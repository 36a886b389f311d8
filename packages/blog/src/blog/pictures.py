"""Pictures the engine makes: smaller copies of those in posts, and social cards for posts without one."""

from __future__ import annotations

from blog.cards import card
from blog.frame import digest
from blog.post import Post
from blog.publish import Output, Plan
from blog.variants import FORMATS, make, variant, widths
from blog.views import Blog, day


def plan(blog: Blog, cache_folder: str) -> Plan:
    """Copies beside their pictures, cards as `/cards/<slug>.png` and `/cards/index.png`."""
    files: Plan = {}
    shown = {blog.addresses.asset(ref.partition("#")[0]) for row in _rows(blog) for ref in row}
    for path in sorted(path for path in shown if path):
        picture = blog.addresses.picture(path)
        asset = blog.addresses.assets[path]
        for width in widths(path, picture.width if picture else 0):
            for kind, _ in FORMATS:
                files[blog.place(variant(path, width, kind))] = Output(
                    digest("copy", asset.seen, str(width)),
                    lambda file=asset.file, width=width, kind=kind: make(file, width, kind, f"{cache_folder}/images"),  # type: ignore[misc]
                )
    title = blog.settings.title
    files[blog.place("/cards/index.png")] = card_of(title, blog.settings.description, cache_folder)
    for post in (*blog.shelf.posts, *blog.shelf.pages):
        if not post.image:
            files[blog.place(f"/cards/{post.slug}.png")] = card_of(post.title, _below(title, post), cache_folder)
    return files


def _rows(blog: Blog) -> list[tuple[str, ...]]:
    return [blog.bodies.rows[post.file].refs for post in (*blog.shelf.posts, *blog.shelf.pages)]


def _below(title: str, post: Post) -> str:
    return f"{title} · {day(post.date)}" if post.date else title


def card_of(title: str, below: str, cache_folder: str) -> Output:
    """The card with these words, as a file to publish."""
    return Output(digest("card", title, below), lambda: card(title, below, f"{cache_folder}/cards"))
