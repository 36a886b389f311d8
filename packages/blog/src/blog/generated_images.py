"""Plans the images that the build generates: smaller copies of post images, and social cards."""

from __future__ import annotations

from functools import partial

from blog.errors import BuildError, Problem
from blog.faces import describe_faces, use_folder
from blog.images import SiteImage
from blog.layout import make_key
from blog.post import Post
from blog.publish import BuildPlan, OutputFile
from blog.responsive_images import FORMATS, ImageError, create_variant, is_image, list_widths, name_variant
from blog.social_cards import draw_card
from blog.strings import format_day
from blog.template_context import Blog


def plan_images(blog: Blog, cache_folder: str) -> BuildPlan:
    """Returns the copies beside their images, and the cards as `/cards/<slug>.png` and `/cards/index.png`."""
    plan: BuildPlan = {}
    use_folder(f"{blog.root}/theme/fonts")
    posts = (*blog.content.posts, *blog.content.pages)
    images: dict[str, SiteImage] = {}
    for post in posts:
        folder = post.file.rpartition("/")[0]
        for link in blog.rendered.rows[post.file].links:
            if is_image(link):
                image = blog.links.find_image(link, folder)
                if image:
                    images[image.path] = image
    for path, image in sorted(images.items()):
        asset = blog.links.assets[path]
        for width in list_widths(image):
            for extension, _ in FORMATS:
                plan[blog.get_output_path(name_variant(path, width, extension))] = OutputFile(
                    make_key("copy", asset.signature, str(width)),
                    partial(_render_variant, blog.root, asset.file, width, extension, cache_folder),
                )
    title = blog.settings.title
    plan[blog.get_output_path("/cards/index.png")] = plan_card(title, blog.settings.description, cache_folder)
    for post in posts:
        if not post.image:
            card = plan_card(post.title, _format_subtitle(blog, post), cache_folder)
            plan[blog.get_output_path(f"/cards/{post.slug}.png")] = card
    return plan


def _render_variant(root: str, file: str, width: int, extension: str, cache_folder: str) -> bytes:
    try:
        return create_variant(file, width, extension, f"{cache_folder}/images")
    except ImageError as error:
        raise BuildError([Problem(file.removeprefix(f"{root}/"), 0, str(error))]) from error


def _format_subtitle(blog: Blog, post: Post) -> str:
    title = blog.settings.title
    return f"{title} · {format_day(post.date, blog.strings)}" if post.date else title


def plan_card(title: str, subtitle: str, cache_folder: str) -> OutputFile:
    """Returns the social card with these texts."""
    faces = describe_faces(title + subtitle)
    return OutputFile(
        make_key("card", title, subtitle, faces), lambda: draw_card(title, subtitle, f"{cache_folder}/cards")
    )
