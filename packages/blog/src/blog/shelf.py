"""A content folder as it stands on disk: its sources, parsed and checked, and its assets."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

from blog.addresses import Asset
from blog.cache import Cache, Source, signature
from blog.faults import Fault, Faulty
from blog.post import Post

POSTS = ("content/posts", "content", "posts")
PAGES = "content/pages"
ASSETS = (("static", ""), ("images", "/images"), ("content/images", "/images"))

# A file written in the same tick of the clock as it was read could change again and look the same.
_SETTLED = 50_000_000


class Shelf(NamedTuple):
    """`posts` are published and newest first; `texts` holds the Markdown of the files read just now, by file.

    `digests` stands for the content of every published file. `next_post` is when the next scheduled post is due, empty
    where none is.
    """

    posts: list[Post]
    pages: list[Post]
    assets: dict[str, Asset]
    digests: dict[str, bytes]
    texts: dict[str, str]
    next_post: str = ""


def read(root: str, cache: Cache, now: str) -> Shelf:
    """Everything in the folder that is published at the moment `now` (as `content.stamp` writes it).

    Raises `Faulty` with every fault of every file, drafts included.
    """
    known = cache.sources(root)
    fresh: list[tuple[str, Source]] = []
    digests: dict[str, bytes] = {}
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    found: dict[bool, list[Post]] = {True: [], False: []}
    for file, dated in _files(root):
        path = f"{root}/{file}"
        stat = os.stat(path)
        seen = signature(stat)
        source = known.get(file)
        if source is None or source.seen != seen:
            with open(path, "rb") as handle:
                data = handle.read()
            digest = blake2b(data, digest_size=16).digest()
            if time.time_ns() - stat.st_ctime_ns < _SETTLED:
                seen = ""
            if source is None or source.digest != digest:
                post, texts[file], wrong = _parsed(file, data, dated)
                faults += wrong
                if post is None:
                    continue
                source = Source(seen, digest, tuple(post))
            else:
                source = source._replace(seen=seen)
            fresh.append((file, source))
        digests[file] = source.digest
        found[dated].append(Post._make(source.facts))
    posts = [post for post in found[True] if not post.draft and post.date <= now]
    pages = [post for post in found[False] if not post.draft and post.date <= now]
    scheduled = [post.date for post in (*found[True], *found[False]) if not post.draft and post.date > now]
    faults += _doubles(posts + pages)
    if faults:
        raise Faulty(faults)
    cache.keep_sources(root, fresh)
    cache.forget(root, known.keys() - digests.keys())
    posts.sort(key=lambda post: (post.date, post.slug), reverse=True)
    pages.sort(key=lambda post: post.slug)
    return Shelf(posts, pages, dict(_assets(root)), digests, texts, min(scheduled, default=""))


def text_of(root: str, file: str) -> str:
    """The Markdown of a file that was parsed without a fault in an earlier build."""
    with open(f"{root}/{file}", "rb") as handle:
        return _parsed(file, handle.read(), dated=True)[1]


def _parsed(file: str, data: bytes, dated: bool) -> tuple[Post | None, str, list[Fault]]:
    from blog.content import parse

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        return None, "", [Fault(file, line, "The file is not UTF-8 text. Save it as UTF-8.")]
    return parse(file, text, dated=dated)


def _files(root: str) -> Iterator[tuple[str, bool]]:
    """Every Markdown file with whether it is a post, in a fixed order."""
    for folder, dated in (*((folder, True) for folder in POSTS), (PAGES, False)):
        try:
            with os.scandir(f"{root}/{folder}") as entries:
                names = sorted(entry.name for entry in entries if entry.name.endswith(".md") and entry.is_file())
        except (FileNotFoundError, NotADirectoryError):
            continue
        for name in names:
            yield f"{folder}/{name}", dated


def _assets(root: str) -> Iterator[tuple[str, Asset]]:
    for folder, address in ASSETS:
        yield from files_below(f"{root}/{folder}", address)


def files_below(folder: str, address: str) -> Iterator[tuple[str, Asset]]:
    """Every file below a folder as path on the site and asset, sorted. Of hidden ones only `.well-known` is kept."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.name.startswith(".") and entry.name != ".well-known":
            continue
        if entry.is_dir():
            yield from files_below(entry.path, f"{address}/{entry.name}")
        else:
            yield f"{address}/{entry.name}", Asset(entry.path, signature(entry.stat()))


def _doubles(posts: list[Post]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for post in posts:
        for slug in (post.slug, *post.aliases):
            other = first.setdefault(slug, post.file)
            if other != post.file:
                yield Fault(
                    post.file, 1, f"The address /{slug}/ is already that of {other}. Give one of them another `slug`."
                )
