"""Creates a draft."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from blog.addresses import RESERVED_NAMES
from blog.errors import BuildError, Problem
from blog.post_parser import FORBIDDEN, load_time_zone
from blog.settings import load_settings
from blog.slugs import shorten_slug, slugify


def create_draft(root: Path, title: str) -> Path:
    """Writes a draft with today's date to a content folder and returns its path.

    Raises `BuildError` if the title gives no slug or the file exists.
    """
    slug = shorten_slug(slugify(title))
    if not slug:
        raise BuildError([Problem("title", 0, "The title has no letters.")])
    if slug in RESERVED_NAMES:
        raise BuildError(
            [Problem("title", 0, f"`{slug}` is reserved for {RESERVED_NAMES[slug]}. Choose another title.")]
        )
    if FORBIDDEN.search(title):
        raise BuildError([Problem("title", 0, "The title has a control character. Remove it.")])
    if not root.is_dir():
        raise BuildError([Problem(str(root), 0, "There is no such folder.")])
    folder = root / "content" / "posts"
    if not folder.is_dir() and (root / "content").is_dir():
        folder = root / "content"
    file = folder / f"{slug}.md"
    if file.exists():
        raise BuildError([Problem(str(file), 0, "A post with this name exists. Choose another title.")])
    folder.mkdir(parents=True, exist_ok=True)
    today = datetime.now(load_time_zone(load_settings(str(root)).time_zone))
    head = [
        "---",
        f"title: {json.dumps(title, ensure_ascii=False)}",
        'description: ""',
        f"date: {today:%Y-%m-%d}",
        "tags: []",
        "draft: true",
        "---",
    ]
    file.write_text("\n".join(head) + "\n\n", encoding="utf-8")
    return file
