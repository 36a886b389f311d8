"""Plans the images that the build generates: smaller copies of post images, and social cards."""

from __future__ import annotations

from blog.layout import make_key
from blog.post import Post
from blog.publish import BuildPlan, OutputFile
from blog.responsive_images import FORMATS, create_variant, list_widths, name_variant
from blog.social_cards import draw_card
from blog.template_context import Blog, format_day


def plan_images(blog: Blog, cache_folder: str) -> BuildPlan:
    """Returns the copies beside their images, and the cards as `/cards/<slug>.png` and `/cards/index.png`."""
    plan: BuildPlan = {}
    posts = (*blog.content.posts, *blog.content.pages)
    links = {link for post in posts for link in blog.rendered.rows[post.file].links}
    paths = {blog.links.find_asset(link.partition("#")[0]) for link in links}
    for path in sorted(path for path in paths if path):
        image = blog.links.find_image(path)
        asset = blog.links.assets[path]
        for width in list_widths(path, image.width if image else 0):
            for extension, _ in FORMATS:
                plan[blog.get_output_path(name_variant(path, width, extension))] = OutputFile(
                    make_key("copy", asset.signature, str(width)),
                    lambda file=asset.file, width=width, extension=extension: create_variant(  # type: ignore[misc]
                        file, width, extension, f"{cache_folder}/images"
                    ),
                )
    title = blog.settings.title
    plan[blog.get_output_path("/cards/index.png")] = plan_card(title, blog.settings.description, cache_folder)
    for post in posts:
        if not post.image:
            card = plan_card(post.title, _format_subtitle(title, post), cache_folder)
            plan[blog.get_output_path(f"/cards/{post.slug}.png")] = card
    return plan


def _format_subtitle(title: str, post: Post) -> str:
    return f"{title} · {format_day(post.date)}" if post.date else title


def plan_card(title: str, subtitle: str, cache_folder: str) -> OutputFile:
    """Returns the social card with these texts."""
    return OutputFile(make_key("card", title, subtitle), lambda: draw_card(title, subtitle, f"{cache_folder}/cards"))
