"""Keeps the rendered HTML of every post. A post is rendered again only if something in it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from blog import loader
from blog.cache import Cache, RenderedRow
from blog.errors import Problem
from blog.images import SiteImage
from blog.links import DanglingLinkError, LinkResolver, is_external
from blog.parallel import run_in_two_processes
from blog.post import Post
from blog.post_parser import FORBIDDEN
from blog.responsive_images import render_sources
from blog.strings import has_strings, load_strings


class RenderedPosts:
    """Rendered posts by source file. `rows` holds the metadata; `load_html` reads the HTML only when it is needed."""

    def __init__(self, root: str, rows: dict[str, RenderedRow], fresh: dict[str, str], cache: Cache) -> None:
        self.rows = rows
        self.problems: list[Problem] = []
        self._root = root
        self._fresh = fresh
        self._cache = cache

    def load_html(self, file: str) -> str:
        return self._fresh[file] if file in self._fresh else self._cache.load_html(self._root, file)

    def list_warnings(self, posts: Sequence[Post]) -> list[Problem]:
        """Returns the warnings of these posts, also of those that an earlier build rendered."""
        return [
            Problem(post.file, line, message, is_warning=True)
            for post in posts
            if post.file in self.rows
            for line, message in self.rows[post.file].warnings
        ]


class _Words(NamedTuple):
    """The words of the interface that a post has inside, and their hash: a changed word changes the post."""

    strings: Mapping[str, str]
    digest: str


def _load_words(root: str, language: str) -> _Words:
    strings = load_strings(language, f"{root}/theme/strings")
    return _Words(strings, blake2b(repr(sorted(strings.items())).encode(), digest_size=8).hexdigest())


def render_posts(root: str, content: loader.Content, links: LinkResolver, cache: Cache) -> RenderedPosts:
    """Renders every post that changed. Links to unpublished posts are in the `problems` of the result."""
    rows = cache.load_rendered(root)
    posts = (*content.posts, *content.pages)
    own = links.settings.language
    words = {
        language: _load_words(root, language if has_strings(language, f"{root}/theme/strings") else own)
        for language in {post.language or own for post in posts}
    }
    changed = [
        post
        for post in posts
        if post.file not in rows
        or rows[post.file].key
        != _make_key(post, content, links, rows[post.file].links, words[post.language or own].digest)
    ]
    if not changed:
        return RenderedPosts(root, rows, {}, cache)

    def work(posts: Sequence[Post]) -> list[Any]:
        return [_render(root, post, content, links, words[post.language or own]) for post in posts]

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
    rendered = RenderedPosts(root, rows, fresh, cache)
    rendered.problems = problems
    if not problems and not content.problems:
        cache.save_rendered(root, new_rows)
    return rendered


def _render(root: str, post: Post, content: loader.Content, links: LinkResolver, words: _Words) -> tuple[object, ...]:
    from blog.markdown import render_markdown

    used_links: dict[str, None] = {}
    problems: list[tuple[str, int, str]] = []
    warnings: dict[tuple[int, str], None] = {}
    folder = post.file.rpartition("/")[0]
    text = content.texts.get(post.file)
    if text is None:
        text = loader.read_markdown(root, post.file)

    def find_line(*needles: str) -> int:
        position = next((found for found in map(text.find, needles) if found >= 0), 0)
        return post.line + text.count("\n", 0, position)

    def resolve_link(link: str) -> str:
        if is_external(link):
            return link
        used_links[link] = None
        try:
            return links.resolve(link, folder)
        except DanglingLinkError as error:
            name = str(error).split("`")[1]
            needles = (f"]({link}", f"]({name}", f"](<{name}", f'"{name}', f": {name}", f": <{name}", name)
            problems.append((post.file, find_line(*needles), str(error)))
            return link

    def find_image(link: str) -> SiteImage | None:
        if is_external(link):
            return None
        used_links[link] = None
        image = links.find_image(link, folder)
        if image is None or not links.settings.images:
            return image
        return image._replace(sources=render_sources(links, image))

    def report(message: str, needle: str) -> None:
        warnings[find_line(needle), message] = None

    result = render_markdown(
        text,
        resolve_link=resolve_link,
        find_image=find_image,
        report=report,
        strings=words.strings,
        image_hosts=links.settings.image_hosts,
    )
    # An entity can write a character that the file itself does not have.
    if "&#" in text and (match := FORBIDDEN.search(result.html)):
        code = ord(match[0])
        line = find_line(f"&#{code};", f"&#x{code:x};", f"&#x{code:X};", "&#")
        problems.append((post.file, line, f"The control character U+{code:04X} cannot be published. Remove it."))
    headings = tuple(tuple(heading) for heading in result.headings)
    key = _make_key(post, content, links, tuple(used_links), words.digest)
    row = (key, tuple(used_links), result.minutes, headings, tuple(warnings), result.has_extras)
    return post.file, row, result.html, problems


def _make_key(post: Post, content: loader.Content, links: LinkResolver, used_links: Sequence[str], words: str) -> bytes:
    folder = post.file.rpartition("/")[0]
    targets = "\0".join([links.describe_target(link, folder) for link in used_links])
    settings = links.settings
    key = f"{settings.base_path} {settings.images} {settings.image_hosts}\0{words}\0{targets}".encode()
    return blake2b(content.digests[post.file] + key, digest_size=16).digest()
