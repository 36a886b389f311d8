"""Plans the pages of a blog: posts, lists, tags, the archive and redirects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from blog.layout import make_key
from blog.post import Post
from blog.publish import BuildPlan
from blog.template_context import Blog


def plan_pages(blog: Blog) -> BuildPlan:
    """Returns every page of the blog, all below the base path."""
    plan: BuildPlan = {}
    posts = blog.content.posts
    for post, newer, older in zip(posts, [None, *posts], [*posts[1:], None], strict=False):
        _add_post(plan, blog, post, newer, older)
    for page in blog.content.pages:
        _add_post(plan, blog, page, None, None, template="page.html")
    _add_index(plan, blog)
    _add_archive(plan, blog)
    _add_tags(plan, blog)
    return plan


def _add_post(
    plan: BuildPlan, blog: Blog, post: Post, newer: Post | None, older: Post | None, *, template: str = "post.html"
) -> None:
    path = f"/{post.slug}/"
    neighbors = [f"{other.slug}\0{other.title}" if other else "" for other in (older, newer)]
    summary = blog.summary_keys.get(post.file, f"{post.title}\0{post.description}")
    image = blog.find_social_image(post)
    key = make_key(blog.rendered.rows[post.file].key, summary, post.updated, post.author, image, *neighbors)

    def build_context() -> dict[str, Any]:
        links = {"previous": older and blog.build_summary(older), "next": newer and blog.build_summary(newer)}
        return {**blog.build_url_context(path), **links, "post": blog.build_detail(post)}

    plan[blog.get_output_path(path)] = blog.layout.plan_page(template, key, build_context)
    for alias in post.aliases:
        target = {"canonical": blog.settings.build_url(path), "post": blog.build_summary(post)}
        redirect = blog.layout.plan_page("redirect.html", make_key(post.slug, post.title), lambda target=target: target)  # type: ignore[misc]
        plan[blog.get_output_path(f"/{alias}" if alias.endswith(".html") else f"/{alias}/")] = redirect


def _add_index(plan: BuildPlan, blog: Blog) -> None:
    posts, size = blog.content.posts, blog.settings.posts_per_page
    page_count = _count_pages(blog)
    for number in range(1, page_count + 1):
        _add_list(
            plan,
            blog,
            "index.html",
            _get_page_path(number),
            posts[(number - 1) * size : number * size],
            extra={
                "number": number,
                "pages": page_count,
                "newer": blog.settings.build_path(_get_page_path(number - 1)),
                "older": blog.settings.build_path(_get_page_path(number + 1)),
            },
        )


def _count_pages(blog: Blog) -> int:
    return max(1, -(-len(blog.content.posts) // blog.settings.posts_per_page))


def _get_page_path(number: int) -> str:
    return f"/page/{number}/" if number > 1 else "/"


def _add_archive(plan: BuildPlan, blog: Blog) -> None:
    posts = blog.content.posts

    def group_by_year() -> dict[str, Any]:
        years: dict[str, list[dict[str, Any]]] = {}
        for post in posts:
            years.setdefault(post.date[:4], []).append(blog.build_summary(post))
        return {"years": [{"name": year, "posts": summaries} for year, summaries in years.items()]}

    _add_list(plan, blog, "archive.html", "/archive/", posts, extra={}, build_extra=group_by_year)


def _add_tags(plan: BuildPlan, blog: Blog) -> None:
    tags = [
        {"name": tag.name, "url": blog.settings.build_path(f"/tags/{tag.slug}/"), "count": len(tag.posts)}
        for tag in blog.tags.values()
    ]
    plan[blog.get_output_path("/tags/")] = blog.layout.plan_page(
        "tags.html", make_key(repr(tags)), lambda: {**blog.build_url_context("/tags/"), "tags": tags}
    )
    for tag in blog.tags.values():
        extra = {"tag": {"name": tag.name, "slug": tag.slug}}
        _add_list(plan, blog, "tag.html", f"/tags/{tag.slug}/", tag.posts, extra=extra)


def _add_list(
    plan: BuildPlan,
    blog: Blog,
    template: str,
    path: str,
    posts: Sequence[Post],
    *,
    extra: dict[str, Any],
    build_extra: Callable[[], dict[str, Any]] = dict,
) -> None:
    """Adds a page that lists posts. `build_extra` is called only if the page is rendered."""
    key = make_key(repr(extra), *(blog.summary_keys[post.file] for post in posts))

    def build_context() -> dict[str, Any]:
        summaries = [blog.build_summary(post) for post in posts]
        return {**blog.build_url_context(path), **extra, **build_extra(), "posts": summaries}

    plan[blog.get_output_path(path)] = blog.layout.plan_page(template, key, build_context)


def list_sitemap_entries(blog: Blog) -> list[dict[str, str]]:
    """Returns the URL of every page of the blog and when it last changed."""
    posts = blog.content.posts
    newest = max((post.updated for post in posts), default="")
    entries = [(_get_page_path(number), newest) for number in range(1, _count_pages(blog) + 1)]
    entries += [("/archive/", newest), ("/tags/", newest)]
    entries += [(f"/{post.slug}/", post.updated) for post in (*blog.content.pages, *posts)]
    entries += [(f"/tags/{tag.slug}/", max(post.updated for post in tag.posts)) for tag in blog.tags.values()]
    return [{"url": blog.settings.build_url(path), "updated": updated} for path, updated in entries]
