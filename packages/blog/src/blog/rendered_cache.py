"""Keeps the rendered HTML of every post. A post is rendered again only if something in it changed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from blog import loader
from blog.cache import Cache, RenderedRow
from blog.errors import BuildError, Problem
from blog.images import SiteImage
from blog.links import DanglingLinkError, LinkResolver, is_external
from blog.parallel import run_in_two_processes
from blog.post import Post
from blog.responsive_images import render_sources


class RenderedPosts:
    """Rendered posts by source file. `rows` holds the metadata; `load_html` reads the HTML only when it is needed."""

    def __init__(self, root: str, rows: dict[str, RenderedRow], fresh: dict[str, str], cache: Cache) -> None:
        self.rows = rows
        self._root = root
        self._fresh = fresh
        self._cache = cache

    def load_html(self, file: str) -> str:
        return self._fresh[file] if file in self._fresh else self._cache.load_html(self._root, file)


def render_posts(root: str, content: loader.Content, links: LinkResolver, cache: Cache) -> RenderedPosts:
    """Renders every post that changed. Raises `BuildError` for links to unpublished posts."""
    rows = cache.load_rendered(root)
    changed = [
        post
        for post in (*content.posts, *content.pages)
        if post.file not in rows or rows[post.file].key != _make_key(post, content, links, rows[post.file].links)
    ]
    if not changed:
        return RenderedPosts(root, rows, {}, cache)

    def work(posts: Sequence[Post]) -> list[Any]:
        return [_render(root, post, content, links) for post in posts]

    problems: list[Problem] = []
    fresh: dict[str, str] = {}
    new_rows: list[tuple[str, RenderedRow, str]] = []
    for file, row, html, post_problems in run_in_two_processes(changed, work):
        problems += [Problem(*problem) for problem in post_problems]
        rows[file] = RenderedRow(*row)
        fresh[file] = html
        new_rows.append((file, rows[file], html))
    # Nothing reads the Markdown after this; the texts of a thousand posts take ten megabytes.
    content.texts.clear()
    if problems:
        raise BuildError(problems)
    cache.save_rendered(root, new_rows)
    return RenderedPosts(root, rows, fresh, cache)


def _render(root: str, post: Post, content: loader.Content, links: LinkResolver) -> tuple[object, ...]:
    from blog.markdown import render_markdown

    used_links: dict[str, None] = {}
    problems: list[tuple[str, int, str]] = []
    text = content.texts.get(post.file)
    if text is None:
        text = loader.read_markdown(root, post.file)

    def resolve_link(link: str) -> str:
        if is_external(link):
            return link
        used_links[link] = None
        try:
            return links.resolve(link)
        except DanglingLinkError as error:
            position = max(text.find(f"]({link}"), 0)
            problems.append((post.file, post.line + text.count("\n", 0, position), str(error)))
            return link

    def find_image(link: str) -> SiteImage | None:
        if is_external(link):
            return None
        used_links[link] = None
        image = links.find_image(link)
        if image is None or not links.settings.images:
            return image
        return image._replace(sources=render_sources(links, link, image))

    result = render_markdown(text, resolve_link=resolve_link, find_image=find_image)
    headings = tuple(tuple(heading) for heading in result.headings)
    row = (_make_key(post, content, links, tuple(used_links)), tuple(used_links), result.minutes, headings)
    return post.file, row, result.html, problems


def _make_key(post: Post, content: loader.Content, links: LinkResolver, used_links: Sequence[str]) -> bytes:
    targets = "\0".join(links.describe_target(link) for link in used_links)
    key = f"{links.settings.base_path} {links.settings.images}\0{targets}".encode()
    return blake2b(content.digests[post.file] + key, digest_size=16).digest()
