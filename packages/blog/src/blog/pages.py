"""Plans the pages of a blog: posts, lists, tags, the archive and redirects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from blog.addresses import name_alias_file
from blog.layout import make_key
from blog.post import Post
from blog.publish import BuildPlan, OutputFile
from blog.template_context import Blog


def plan_pages(blog: Blog) -> BuildPlan:
    """Returns every page of the blog, all below the base path."""
    plan: BuildPlan = {}
    posts = blog.content.posts
    _add_index(plan, blog)
    _add_archive(plan, blog)
    _add_tags(plan, blog)
    for post, newer, older in zip(posts, [None, *posts], [*posts[1:], None], strict=False):
        _add_post(plan, blog, post, newer, older)
    for page in blog.content.pages:
        _add_post(plan, blog, page, None, None, template="page.html")
    return plan


def _add_post(
    plan: BuildPlan, blog: Blog, post: Post, newer: Post | None, older: Post | None, *, template: str = "post.html"
) -> None:
    path = f"/{post.slug}/"
    neighbors = [f"{other.slug}\0{other.title}\0{other.language}" if other else "" for other in (older, newer)]
    summary = blog.summary_keys.get(post.file, f"{post.title}\0{post.description}")
    image = blog.find_social_image(post)
    key = make_key(blog.rendered.rows[post.file].key, summary, post.updated, post.author, image, *neighbors)

    def build_context() -> dict[str, Any]:
        links = {"previous": older and blog.build_summary(older), "next": newer and blog.build_summary(newer)}
        return {**blog.build_url_context(path), **links, "post": blog.build_detail(post)}

    _add_page(plan, blog, path, blog.layout.plan_page(template, key, build_context), post.file)
    for alias in post.aliases:
        name = name_alias_file(alias)
        if name == f"{post.slug}/index.html":
            continue
        target = {"canonical": blog.settings.build_url(path), "post": blog.build_summary(post)}
        alias_key = make_key(post.slug, post.title, post.language)
        redirect = blog.layout.plan_page("redirect.html", alias_key, lambda target=target: target)  # type: ignore[misc]
        _add_page(plan, blog, f"/{name}", redirect, post.file)


def _add_page(plan: BuildPlan, blog: Blog, path: str, page: OutputFile, file: str) -> None:
    """Adds a page, or notes that its address is taken. `file` is the source that asks for the address."""
    output = blog.get_output_path(path)
    if output in plan:
        blog.conflicts.append((file, output))
    plan[output] = page


LIST_LENGTH = 300
"""The archive and the pages of tags are split when they have more posts, so that no page grows without end."""


def _add_index(plan: BuildPlan, blog: Blog) -> None:
    posts, size = blog.content.posts, blog.settings.posts_per_page
    _add_pages(plan, blog, "index.html", posts, size, _get_page_path)


def _get_page_path(number: int) -> str:
    return f"/page/{number}/" if number > 1 else "/"


def _add_pages(  # noqa: PLR0917
    plan: BuildPlan,
    blog: Blog,
    template: str,
    posts: Sequence[Post],
    size: int,
    get_path: Callable[[int], str],
    *,
    extra: dict[str, Any] | None = None,
    group: bool = False,
) -> None:
    """Adds a list of posts, split into pages of `size`. With `group`, the template receives them by year."""
    page_count = _count_pages(posts, size)
    for number in range(1, page_count + 1):
        some = posts[(number - 1) * size : number * size]
        _add_list(
            plan,
            blog,
            template,
            get_path(number),
            some,
            extra={
                **(extra or {}),
                "number": number,
                "pages": page_count,
                "newer": blog.settings.build_path(get_path(number - 1)),
                "older": blog.settings.build_path(get_path(number + 1)),
            },
            build_extra=(lambda some=some: _group_by_year(blog, some)) if group else dict,  # type: ignore[misc]
        )


def _count_pages(posts: Sequence[Post], size: int) -> int:
    return max(1, -(-len(posts) // size))


def _group_by_year(blog: Blog, posts: Sequence[Post]) -> dict[str, Any]:
    years: dict[str, list[dict[str, Any]]] = {}
    for post in posts:
        years.setdefault(_get_year(post), []).append(blog.build_summary(post))
    return {"years": [{"name": year, "posts": summaries} for year, summaries in years.items()]}


def _get_year(post: Post) -> str:
    return post.date[:4].lstrip("0")


def _list_years(blog: Blog) -> dict[str, list[Post]]:
    """Returns the posts by year if the archive is split into years, else nothing."""
    posts = blog.content.posts
    years: dict[str, list[Post]] = {}
    if len(posts) > LIST_LENGTH:
        for post in posts:
            years.setdefault(_get_year(post), []).append(post)
    return years


def _get_year_path(year: str, number: int) -> str:
    return f"/archive/{year}/{number}/" if number > 1 else f"/archive/{year}/"


def _add_archive(plan: BuildPlan, blog: Blog) -> None:
    """Adds the archive: one page, or the newest posts and a page for each year."""
    years = _list_years(blog)
    all_years = [
        {"name": year, "count": len(posts), "url": blog.settings.build_path(_get_year_path(year, 1))}
        for year, posts in years.items()
    ]
    newest = blog.content.posts[: LIST_LENGTH // 3] if years else blog.content.posts
    extra = {"all_years": all_years, "year": ""}
    _add_pages(plan, blog, "archive.html", newest, LIST_LENGTH, lambda _: "/archive/", extra=extra, group=True)
    for year, posts in years.items():
        extra = {"all_years": [], "year": year}
        get_path = partial(_get_year_path, year)
        _add_pages(plan, blog, "archive.html", posts, LIST_LENGTH, get_path, extra=extra, group=True)


def _get_tag_path(slug: str, number: int) -> str:
    return f"/tags/{slug}/{number}/" if number > 1 else f"/tags/{slug}/"


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
        _add_pages(plan, blog, "tag.html", tag.posts, LIST_LENGTH, partial(_get_tag_path, tag.slug), extra=extra)


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
    newest = _get_updated(posts)
    index_pages = _count_pages(posts, blog.settings.posts_per_page)
    entries = [(_get_page_path(number), newest) for number in range(1, index_pages + 1)]
    entries += [("/archive/", newest), ("/tags/", newest)]
    for year, year_posts in _list_years(blog).items():
        pages = range(1, _count_pages(year_posts, LIST_LENGTH) + 1)
        entries += [(_get_year_path(year, number), _get_updated(year_posts)) for number in pages]
    entries += [(f"/{post.slug}/", post.updated) for post in (*blog.content.pages, *posts)]
    for tag in blog.tags.values():
        pages = range(1, _count_pages(tag.posts, LIST_LENGTH) + 1)
        entries += [(_get_tag_path(tag.slug, number), _get_updated(tag.posts)) for number in pages]
    return [{"url": blog.settings.build_url(path), "updated": updated} for path, updated in entries]


def _get_updated(posts: Sequence[Post]) -> str:
    """Returns when the last of these posts changed, as its readers see it."""
    return max(posts, key=lambda post: post.updated_at).updated if posts else ""
