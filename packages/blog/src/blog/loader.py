"""Loads a content folder: it parses and checks the sources and lists the assets."""

from __future__ import annotations

import os
import time
from hashlib import blake2b
from typing import NamedTuple

from blog.addresses import find_duplicate_addresses, find_reserved_addresses, find_self_aliases
from blog.cache import Cache, SourceRow, sign_file
from blog.errors import Problem, describe_os_error
from blog.links import Asset
from blog.post import Post, is_hidden
from blog.sources import SourceWalk, explain_empty_folder, list_assets, walk_sources

_MIN_AGE_NS = 50_000_000
"""A younger file is read again by the next build: a second write in the same clock tick keeps its signature."""


class Content(NamedTuple):
    """The published content. `posts` is sorted newest first; `texts` holds the Markdown of files that changed.

    `digests` holds a hash of every published file, `sources` the path on the site of every asset beside the posts.
    `next_post` is the time of the next scheduled post, or empty. `drafts` and `scheduled` count the posts left out.
    """

    posts: list[Post]
    pages: list[Post]
    assets: dict[str, Asset]
    sources: dict[str, str]
    digests: dict[str, bytes]
    texts: dict[str, str]
    now: str
    next_post: str
    drafts: int
    scheduled: int
    problems: list[Problem]
    warnings: list[Problem]


def load_content(root: str, cache: Cache, now: str, *, time_zone: str = "UTC", drafts: bool = False) -> Content:
    """Returns everything in the folder that is published at `now`, a time from `format_timestamp`.

    With `drafts`, it returns drafts and scheduled posts too. The problems of all files are in `problems`.
    """
    walk = walk_sources(root)
    parsed = _parse_changed(root, walk, cache.load_sources(root), time_zone)
    problems = walk.problems + parsed.problems
    visible = [(post, is_post) for post, is_post in parsed.posts if post.slug and (drafts or not is_hidden(post, now))]
    scheduled = [post.published_at for post, _ in parsed.posts if not post.draft and post.published_at > now]
    posts = [post for post, is_post in visible if is_post]
    pages = [post for post, is_post in visible if not is_post]
    problems += find_reserved_addresses(posts + pages)
    problems += find_duplicate_addresses(posts + pages)
    assets, sources = list_assets(root, walk, posts + pages, problems)
    problems = [problem._replace(file=problem.file.removeprefix(f"{root}/")) for problem in problems]
    if not problems:
        cache.save_sources(root, parsed.changed)
        cache.delete_sources(root, parsed.cached - parsed.digests.keys())
    posts.sort(key=lambda post: (post.published_at, post.slug), reverse=True)
    pages.sort(key=lambda page: page.slug)
    warnings = [*walk.warnings, *find_self_aliases(posts + pages)]
    if not walk.markdown:
        warnings += explain_empty_folder(root)
    return Content(
        posts,
        pages,
        assets,
        sources,
        parsed.digests,
        parsed.texts,
        now,
        min(scheduled, default=""),
        sum(post.draft for post, _ in parsed.posts),
        len(scheduled),
        problems,
        warnings,
    )


class _Parsed(NamedTuple):
    """All posts and pages, with whether each is a post. `changed` are those that the cache does not know yet."""

    posts: list[tuple[Post, bool]]
    changed: list[tuple[str, SourceRow]]
    cached: set[str]
    digests: dict[str, bytes]
    texts: dict[str, str]
    problems: list[Problem]


def _parse_changed(root: str, walk: SourceWalk, cached: dict[str, SourceRow], time_zone: str) -> _Parsed:
    """Parses the files that changed. A post with problems is among the posts, so that links to it are no problems."""
    parsed = _Parsed([], [], set(cached), {}, {}, [])
    for file, (is_post, is_draft) in walk.markdown.items():
        try:
            post = _load_post(root, file, cached.get(file), parsed, is_post=is_post, time_zone=time_zone)
        except OSError as error:
            parsed.problems.append(describe_os_error(error)._replace(file=file))
            continue
        if post:
            parsed.posts.append((post._replace(draft=True) if is_draft else post, is_post))
    return parsed


def _load_post(
    root: str, file: str, source: SourceRow | None, parsed: _Parsed, *, is_post: bool, time_zone: str
) -> Post | None:
    path = f"{root}/{file}"
    stat = os.stat(path)
    # A date without an offset changes with the time zone.
    signature = f"{sign_file(stat)} {time_zone}"
    if source is None or source.signature != signature:
        with open(path, "rb") as handle:
            data = handle.read()
        digest = blake2b(data, digest_size=16, key=time_zone.encode()[:64]).digest()
        if time.time_ns() - stat.st_ctime_ns < _MIN_AGE_NS:
            signature = ""
        if source is None or source.digest != digest:
            post, parsed.texts[file], problems = _parse(file, data, is_post, time_zone)
            parsed.problems.extend(problems)
            if post is None or problems:
                parsed.digests[file] = digest
                return post
            source = SourceRow(signature, digest, tuple(post))
        else:
            source = source._replace(signature=signature)
        parsed.changed.append((file, source))
    parsed.digests[file] = source.digest
    return Post._make(source.post)


def read_markdown(root: str, file: str) -> str:
    """Returns the Markdown of a file that an earlier build parsed without a problem."""
    with open(f"{root}/{file}", "rb") as handle:
        return _parse(file, handle.read(), is_post=True, time_zone="UTC")[1]


def _parse(file: str, data: bytes, is_post: bool, time_zone: str) -> tuple[Post | None, str, list[Problem]]:
    from blog.post_parser import parse_post

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return None, "", [Problem(file, line, "The file is not UTF-8 text. Save it as UTF-8.")]
    return parse_post(file, text, needs_date=is_post, time_zone=time_zone)
