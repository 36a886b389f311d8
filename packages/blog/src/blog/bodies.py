"""The rendered body of every post: from the cache where nothing it shows has changed, else made anew."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from blog import shelf
from blog.addresses import Addresses, Dangling, is_elsewhere
from blog.cache import BodyRow, Cache
from blog.faults import Fault, Faulty
from blog.parallel import in_two
from blog.picture import Picture
from blog.post import Post
from blog.variants import sources


class Bodies:
    """Bodies by source file. `row` has the facts; `html` is fetched from the cache only for the pages that need it."""

    def __init__(self, root: str, rows: dict[str, BodyRow], fresh: dict[str, str], cache: Cache) -> None:
        self.rows = rows
        self._root = root
        self._fresh = fresh
        self._cache = cache

    def html(self, file: str) -> str:
        return self._fresh[file] if file in self._fresh else self._cache.body_html(self._root, file)


def render_all(root: str, shelved: shelf.Shelf, addresses: Addresses, cache: Cache) -> Bodies:
    """Bring every body up to date. Raises `Faulty` for links to posts that are not published."""
    known = cache.bodies(root)
    due = [
        post
        for post in (*shelved.posts, *shelved.pages)
        if post.file not in known or known[post.file].key != _key(post, shelved, addresses, known[post.file].refs)
    ]
    if not due:
        return Bodies(root, known, {}, cache)

    def work(posts: Sequence[Post]) -> list[Any]:
        return [_render(root, post, shelved, addresses) for post in posts]

    faults: list[Fault] = []
    fresh: dict[str, str] = {}
    rows: list[tuple[str, BodyRow, str]] = []
    for file, row, html, wrong in in_two(due, work):
        faults += [Fault(*fault) for fault in wrong]
        known[file] = BodyRow(*row)
        fresh[file] = html
        rows.append((file, known[file], html))
    # The Markdown has been read for the last time; a thousand posts of it are ten megabytes.
    shelved.texts.clear()
    if faults:
        raise Faulty(faults)
    cache.keep_bodies(root, rows)
    return Bodies(root, known, fresh, cache)


def _render(root: str, post: Post, shelved: shelf.Shelf, addresses: Addresses) -> tuple[object, ...]:
    from blog.markdown import render_markdown

    refs: dict[str, None] = {}
    faults: list[tuple[str, int, str]] = []
    text = shelved.texts.get(post.file)
    if text is None:
        text = shelf.text_of(root, post.file)

    def resolve(written: str) -> str:
        if is_elsewhere(written):
            return written
        refs[written] = None
        try:
            return addresses.link(written)
        except Dangling as fault:
            at = max(text.find(f"]({written}"), 0)
            faults.append((post.file, post.line + text.count("\n", 0, at), str(fault)))
            return written

    def depict(written: str) -> Picture | None:
        if is_elsewhere(written):
            return None
        refs[written] = None
        picture = addresses.picture(written)
        if picture is None or not addresses.settings.images:
            return picture
        return picture._replace(sources=sources(addresses, written, picture))

    body = render_markdown(text, resolve=resolve, depict=depict)
    headings = tuple(tuple(heading) for heading in body.headings)
    seen = tuple(refs)
    row = (_key(post, shelved, addresses, seen), seen, body.minutes, headings)
    return post.file, row, body.html, faults


def _key(post: Post, shelved: shelf.Shelf, addresses: Addresses, refs: Sequence[str]) -> bytes:
    meant = "\0".join(addresses.meaning(ref) for ref in refs)
    settings = addresses.settings
    key = f"{settings.base_path} {settings.images}\0{meant}".encode()
    return blake2b(shelved.digests[post.file] + key, digest_size=16).digest()
