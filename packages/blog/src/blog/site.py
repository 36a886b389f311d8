"""Builds a content folder, or the whole public site, from sources to files.

from blog.site import build_folder, build_site

result = build_site(Path("site.toml"), out=Path("dist/site"), cache=Path(".cache/blog"), commit="abc123")
print(result.written, "of", result.total)
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from blog.build import Build, BuildResult
from blog.build_fingerprint import compute_fingerprint
from blog.cache import Cache
from blog.errors import BuildError, Problem
from blog.settings import Settings, convert_site, find_site, load_settings

if TYPE_CHECKING:
    from blog.site_pages import SiteContext


def build_folder(
    root: Path,
    out: Path,
    cache: Path,
    *,
    base_url: str | None = None,
    base_path: str | None = None,
    images: bool | None = None,
    now: datetime | None = None,
    reload_script: str = "",
    drafts: bool = False,
) -> BuildResult:
    """Builds a content folder (the README shows its layout) into `out`, the root of a web site.

    `base_url` and `base_path` replace those of `blog.toml`. `images` turns smaller copies and social cards on or off.
    Drafts, and posts with a date after `now` (default: the current time), are left out, or have a badge with `drafts`.
    Every page loads `reload_script`.
    Raises `BuildError` with all problems, those of the theme included; `out` then stays unchanged.

    The repository's blog has the layout of the landing page; links to that page do not work in `out`.
    """
    folder = os.path.abspath(root)
    if not os.path.isdir(folder):
        raise BuildError([Problem(str(root), 0, "There is no such folder.")])
    settings = load_settings(folder).with_location(base_url, base_path)
    if images is not None:
        settings = settings._replace(images=images)
    site = _find_site_context(folder, settings)
    with Cache(os.fspath(cache), compute_fingerprint()) as opened:
        build = Build(
            settings, folder, opened, os.fspath(cache), now, site=site, reload_script=reload_script, drafts=drafts
        )
        return build.run(os.path.abspath(out))


def build_site(
    site_file: Path,
    out: Path,
    cache: Path,
    *,
    api_url: str | None = None,
    site_url: str | None = None,
    commit: str = "",
    choices_url: str = "",
    now: datetime | None = None,
    reload_script: str = "",
    drafts: bool = False,
) -> BuildResult:
    """Builds the landing page and the blog that `site.toml` describes.

    With the placement "path", `out` receives both, the blog below `/blog/`. With "subdomain", the folder `blog` beside
    `out` receives the blog. The form posts to `api_url` (default: the public API). `site_url` replaces the public URL
    of the site. The pages and `build.json` show `commit`. The form has the choices that `choices_url` gives, or else
    those of the repository, with a warning.
    Raises `BuildError` as `build_folder` does.
    """
    from blog.form_fields import load_fields
    from blog.site_pages import SiteContext
    from shared import site_config

    try:
        config = site_config.load(site_file)
    except site_config.SiteConfigError as error:
        raise BuildError([Problem(os.fspath(site_file), 0, str(error))]) from error
    root = os.path.dirname(os.path.abspath(site_file))
    url = (site_url or config.url).rstrip("/")
    fields, warnings = load_fields(root, choices_url)
    context = SiteContext(config, root, url, (api_url or config.api_url).rstrip("/"), commit, fields)
    settings = convert_site(config, site_url and url)
    blog_root = f"{root}/packages/blog"
    with Cache(os.fspath(cache), compute_fingerprint()) as opened:
        build = Build(
            settings, blog_root, opened, os.fspath(cache), now, site=context, reload_script=reload_script, drafts=drafts
        )
        build.warnings += warnings
        if config.blog.placement == "path":
            return build.run(os.path.abspath(out), landing=True, blog=True)
        landing = build.run(os.path.abspath(out), landing=True, blog=False)
        blog = build.run(os.path.join(os.path.dirname(os.path.abspath(out)), "blog"))
        return blog._replace(
            written=landing.written + blog.written,
            removed=landing.removed + blog.removed,
            total=landing.total + blog.total,
        )


def describe_hidden(result: BuildResult, where: str) -> str:
    """Returns how many drafts and scheduled posts there are, for the summary of a build; empty without any."""
    counts = []
    if result.drafts:
        counts.append("1 draft" if result.drafts == 1 else f"{result.drafts} drafts")
    if result.scheduled:
        counts.append(f"{result.scheduled} scheduled")
    return f" ({' and '.join(counts)} {where})" if counts else ""


def _find_site_context(folder: str, settings: Settings) -> SiteContext | None:
    """Returns the site whose blog this folder is, or None."""
    config = find_site(folder)
    if config is None:
        return None
    from blog.site_pages import SiteContext

    return SiteContext(config, os.path.dirname(os.path.dirname(folder)), settings.url, config.api_url, "")
