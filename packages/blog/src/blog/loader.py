"""Loads a content folder: it parses and checks the sources and lists the assets."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

from blog.cache import Cache, SourceRow, sign_file
from blog.errors import BuildError, Problem
from blog.links import Asset
from blog.post import Post

POST_FOLDERS = ("content/posts", "content", "posts")
PAGE_FOLDER = "content/pages"
ASSET_FOLDERS = (("static", ""), ("images", "/images"), ("content/images", "/images"))

_MIN_AGE_NS = 50_000_000
"""A younger file is read again by the next build: a second write in the same clock tick keeps its signature."""


class Content(NamedTuple):
    """The published content. `posts` is sorted newest first; `texts` holds the Markdown of files that changed.

    `digests` holds a hash of every published file. `next_post` is the time of the next scheduled post, or empty.
    """

    posts: list[Post]
    pages: list[Post]
    assets: dict[str, Asset]
    digests: dict[str, bytes]
    texts: dict[str, str]
    next_post: str = ""


def load_content(root: str, cache: Cache, now: str) -> Content:
    """Returns everything in the folder that is published at `now`, a time from `format_timestamp`.

    Raises `BuildError` with all problems of all files, drafts included.
    """
    cached = cache.load_sources(root)
    changed: list[tuple[str, SourceRow]] = []
    digests: dict[str, bytes] = {}
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    all_posts: list[Post] = []
    all_pages: list[Post] = []
    for file, is_post in _list_sources(root):
        path = f"{root}/{file}"
        stat = os.stat(path)
        signature = sign_file(stat)
        source = cached.get(file)
        if source is None or source.signature != signature:
            with open(path, "rb") as handle:
                data = handle.read()
            digest = blake2b(data, digest_size=16).digest()
            if time.time_ns() - stat.st_ctime_ns < _MIN_AGE_NS:
                signature = ""
            if source is None or source.digest != digest:
                post, texts[file], file_problems = _parse(file, data, is_post)
                problems += file_problems
                if post is None:
                    continue
                source = SourceRow(signature, digest, tuple(post))
            else:
                source = source._replace(signature=signature)
            changed.append((file, source))
        digests[file] = source.digest
        (all_posts if is_post else all_pages).append(Post._make(source.post))
    posts = [post for post in all_posts if not post.draft and post.date <= now]
    pages = [page for page in all_pages if not page.draft and page.date <= now]
    scheduled = [post.date for post in (*all_posts, *all_pages) if not post.draft and post.date > now]
    problems += _find_duplicate_slugs(posts + pages)
    if problems:
        raise BuildError(problems)
    cache.save_sources(root, changed)
    cache.delete_sources(root, cached.keys() - digests.keys())
    posts.sort(key=lambda post: (post.date, post.slug), reverse=True)
    pages.sort(key=lambda page: page.slug)
    return Content(posts, pages, dict(_list_assets(root)), digests, texts, min(scheduled, default=""))


def read_markdown(root: str, file: str) -> str:
    """Returns the Markdown of a file that an earlier build parsed without a problem."""
    with open(f"{root}/{file}", "rb") as handle:
        return _parse(file, handle.read(), is_post=True)[1]


def _parse(file: str, data: bytes, is_post: bool) -> tuple[Post | None, str, list[Problem]]:
    from blog.post_parser import parse_post

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return None, "", [Problem(file, line, "The file is not UTF-8 text. Save it as UTF-8.")]
    return parse_post(file, text, needs_date=is_post)


def _list_sources(root: str) -> Iterator[tuple[str, bool]]:
    """Yields every Markdown file in a fixed order, and whether it is a post."""
    for folder, is_post in (*((folder, True) for folder in POST_FOLDERS), (PAGE_FOLDER, False)):
        try:
            with os.scandir(f"{root}/{folder}") as entries:
                names = sorted(entry.name for entry in entries if entry.name.endswith(".md") and entry.is_file())
        except (FileNotFoundError, NotADirectoryError):
            continue
        for name in names:
            yield f"{folder}/{name}", is_post


def _list_assets(root: str) -> Iterator[tuple[str, Asset]]:
    for folder, url_path in ASSET_FOLDERS:
        yield from walk_assets(f"{root}/{folder}", url_path)


def walk_assets(folder: str, url_path: str) -> Iterator[tuple[str, Asset]]:
    """Yields every file below a folder with its path on the site, sorted. Hidden entries are skipped.

    `.well-known` (RFC 8615) is not skipped.
    """
    try:
        with os.scandir(folder) as iterator:
            entries = sorted(iterator, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.name.startswith(".") and entry.name != ".well-known":
            continue
        if entry.is_dir():
            yield from walk_assets(entry.path, f"{url_path}/{entry.name}")
        else:
            yield f"{url_path}/{entry.name}", Asset(entry.path, sign_file(entry.stat()))


def _find_duplicate_slugs(posts: list[Post]) -> Iterator[Problem]:
    files: dict[str, str] = {}
    for post in posts:
        for slug in (post.slug, *post.aliases):
            other = files.setdefault(slug, post.file)
            if other != post.file:
                message = f"The URL /{slug}/ already belongs to {other}. Give one of them another `slug`."
                yield Problem(post.file, 1, message)
