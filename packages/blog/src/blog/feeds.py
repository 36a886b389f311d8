"""Plans the files that programs read: RSS, Atom, the search index and the list of posts."""

from __future__ import annotations

import json
from typing import Any

from blog.layout import make_key
from blog.post import Post
from blog.publish import BuildPlan, OutputFile
from blog.strings import find_text_language
from blog.template_context import Blog

FEED_LENGTH = 20
SEARCH_LENGTH = 500
"""The search index is split when it has more posts. The search loads the parts one after the other."""


def count_search_parts(posts: int) -> int:
    """Returns the number of files of the search index."""
    return max(1, -(-posts // SEARCH_LENGTH))


def plan_feeds(blog: Blog) -> BuildPlan:
    """Returns `rss.xml`, `atom.xml`, the search index and its script, and `posts.json`, all below the base path."""
    posts = blog.content.posts
    newest = posts[:FEED_LENGTH]
    rows = blog.rendered.rows
    entry_keys = [
        rows[post.file].key + f"{blog.summary_keys[post.file]}{post.updated}{post.author}".encode() for post in newest
    ]
    summary_keys = [blog.summary_keys[post.file] for post in posts]
    plan: BuildPlan = {}

    def plan_feed(name: str) -> OutputFile:
        def render() -> bytes:
            context = {
                **blog.layout.context,
                **blog.build_url_context(f"/{name}"),
                "entries": [_build_entry(blog, post) for post in newest],
                "newest": max(newest, key=lambda post: post.updated_at).updated if newest else "",
            }
            return blog.layout.theme.render(name, context).encode()

        return OutputFile(make_key(blog.layout.key, name, *entry_keys), render)

    for name in ("rss.xml", "atom.xml"):
        plan[blog.get_output_path(f"/{name}")] = plan_feed(name)
    for number in range(1, count_search_parts(len(posts)) + 1):
        some = posts[(number - 1) * SEARCH_LENGTH : number * SEARCH_LENGTH]
        name = "/search.json" if number == 1 else f"/search-{number}.json"
        part_keys = [blog.summary_keys[post.file].encode() + rows[post.file].key for post in some]
        plan[blog.get_output_path(name)] = OutputFile(
            make_key(blog.layout.key, "search", *part_keys),
            lambda some=some: dump_json([_build_search_row(blog, post) for post in some]),  # type: ignore[misc]
        )
    for name in ("search.js", "embed.js"):
        script = blog.layout.theme.files[name].encode()
        plan[blog.get_output_path(f"/{name}")] = OutputFile(make_key(script), lambda script=script: script)  # type: ignore[misc]
    plan[blog.get_output_path("/posts.json")] = OutputFile(
        make_key(blog.layout.key, "manifest", *summary_keys),
        lambda: dump_json([_build_manifest_row(blog, post) for post in posts]),
    )
    return plan


def _build_entry(blog: Blog, post: Post) -> dict[str, Any]:
    from blog.absolute_urls import make_urls_absolute

    url = blog.settings.build_url(f"/{post.slug}/")
    content = make_urls_absolute(blog.rendered.load_html(post.file), blog.settings.url, url)
    attributes = blog.write_body_attributes(post)
    return {
        **blog.build_summary(post),
        "absolute_url": url,
        "updated": post.updated,
        "author": post.author or blog.settings.author,
        # Readers of feeds take the direction from the markup alone.
        "content": f"<div{attributes}>{content}</div>" if attributes else content,
    }


def _build_search_row(blog: Blog, post: Post) -> list[str]:
    headings = " ".join(text for _, _, text in blog.rendered.rows[post.file].headings)
    row = [blog.build_summary(post)["url"], post.title, " ".join(post.tags), headings, post.description]
    lang, direction = find_text_language(post.title, post.language, blog.settings.language)
    return [*row, lang, direction] if lang or direction else row


def _build_manifest_row(blog: Blog, post: Post) -> dict[str, object]:
    language = blog.build_summary(post)["language"]
    return {
        "slug": post.slug,
        "title": post.title,
        "date": post.date,
        "tags": list(post.tags),
        "url": blog.settings.build_url(f"/{post.slug}/"),
        **({"language": language} if language else {}),
    }


def dump_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
