"""The pages of a blog as a plan: posts, lists, tags, archive, redirects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from blog.frame import digest
from blog.post import Post
from blog.publish import Plan
from blog.views import Blog


def plan(blog: Blog) -> Plan:
    """Every file of the blog, below the base path."""
    plan: Plan = {}
    for post, newer, older in _with_neighbors(blog.shelf.posts):
        _add_post(plan, blog, post, newer, older)
    for page in blog.shelf.pages:
        _add_post(plan, blog, page, None, None, template="page.html")
    _add_index(plan, blog)
    _add_archive(plan, blog)
    _add_tags(plan, blog)
    return plan


def _add_post(
    plan: Plan, blog: Blog, post: Post, newer: Post | None, older: Post | None, *, template: str = "post.html"
) -> None:
    path = f"/{post.slug}/"
    near = [f"{other.slug}\0{other.title}" if other else "" for other in (older, newer)]
    face = blog.faces.get(post.file, f"{post.title}\0{post.description}")
    key = digest(blog.bodies.rows[post.file].key, face, post.updated, post.author, blog.social_image(post), *near)

    def context() -> dict[str, Any]:
        beside = {"previous": older and blog.view(older), "next": newer and blog.view(newer)}
        return {**blog.at(path), **beside, "post": blog.full(post)}

    plan[blog.place(path)] = blog.frame.page(template, key, context)
    for alias in post.aliases:
        old = {"canonical": blog.settings.absolute(path), "post": blog.view(post)}
        moved = blog.frame.page("redirect.html", digest(post.slug, post.title), lambda old=old: old)  # type: ignore[misc]
        plan[blog.place(f"/{alias}" if alias.endswith(".html") else f"/{alias}/")] = moved


def _add_index(plan: Plan, blog: Blog) -> None:
    posts, size = blog.shelf.posts, blog.settings.posts_per_page
    pages = max(1, -(-len(posts) // size))
    for number in range(1, pages + 1):
        _add_list(
            plan,
            blog,
            "index.html",
            page_path(number),
            posts[(number - 1) * size : number * size],
            fixed={
                "number": number,
                "pages": pages,
                "newer": blog.settings.path(page_path(number - 1)),
                "older": blog.settings.path(page_path(number + 1)),
            },
        )


def page_path(number: int) -> str:
    return f"/page/{number}/" if number > 1 else "/"


def _add_archive(plan: Plan, blog: Blog) -> None:
    posts = blog.shelf.posts

    def years() -> dict[str, Any]:
        found: dict[str, list[dict[str, Any]]] = {}
        for post in posts:
            found.setdefault(post.date[:4], []).append(blog.view(post))
        return {"years": [{"name": year, "posts": listed} for year, listed in found.items()]}

    _add_list(plan, blog, "archive.html", "/archive/", posts, fixed={}, more=years)


def _add_tags(plan: Plan, blog: Blog) -> None:
    cloud = [
        {"name": tag.name, "url": blog.settings.path(f"/tags/{tag.slug}/"), "count": len(tag.posts)}
        for tag in blog.tags.values()
    ]
    plan[blog.place("/tags/")] = blog.frame.page(
        "tags.html", digest(repr(cloud)), lambda: {**blog.at("/tags/"), "tags": cloud}
    )
    for tag in blog.tags.values():
        fixed = {"tag": {"name": tag.name, "slug": tag.slug}}
        _add_list(plan, blog, "tag.html", f"/tags/{tag.slug}/", tag.posts, fixed=fixed)


def _add_list(
    plan: Plan,
    blog: Blog,
    template: str,
    path: str,
    posts: Sequence[Post],
    *,
    fixed: dict[str, Any],
    more: Callable[[], dict[str, Any]] = dict,
) -> None:
    key = digest(repr(fixed), *(blog.faces[post.file] for post in posts))

    def context() -> dict[str, Any]:
        return {**blog.at(path), **fixed, **more(), "listed": [blog.view(post) for post in posts]}

    plan[blog.place(path)] = blog.frame.page(template, key, context)


def addresses_of(blog: Blog) -> list[dict[str, str]]:
    """Every page for the sitemap, with the day it last changed."""
    posts = blog.shelf.posts
    newest = max((post.updated for post in posts), default="")
    pages = max(1, -(-len(posts) // blog.settings.posts_per_page))
    entries = [(page_path(number), newest) for number in range(1, pages + 1)]
    entries += [("/archive/", newest), ("/tags/", newest)]
    entries += [(f"/{post.slug}/", post.updated) for post in (*blog.shelf.pages, *posts)]
    entries += [(f"/tags/{tag.slug}/", max(post.updated for post in tag.posts)) for tag in blog.tags.values()]
    return [{"address": blog.settings.absolute(path), "changed": changed} for path, changed in entries]


def _with_neighbors(posts: Sequence[Post]) -> list[tuple[Post, Post | None, Post | None]]:
    """Each post with the next newer and the next older one."""
    return list(zip(posts, [None, *posts], [*posts[1:], None], strict=False))
