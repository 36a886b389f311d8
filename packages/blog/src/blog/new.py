"""Creates a draft."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from blog.errors import BuildError, Problem
from blog.slugs import slugify


def create_draft(root: Path, title: str) -> Path:
    """Writes a draft with today's date to a content folder and returns its path.

    Raises `BuildError` if the title gives no slug or the file exists.
    """
    slug = slugify(title)
    if not slug:
        raise BuildError([Problem("title", 0, "The title has no letters.")])
    folder = root / "content" / "posts"
    if not folder.is_dir() and (root / "content").is_dir():
        folder = root / "content"
    file = folder / f"{slug}.md"
    if file.exists():
        raise BuildError([Problem(str(file), 0, "A post with this name exists.")])
    folder.mkdir(parents=True, exist_ok=True)
    head = [
        "---",
        f"title: {json.dumps(title, ensure_ascii=False)}",
        'description: ""',
        f"date: {datetime.now(UTC):%Y-%m-%d}",
        "tags: []",
        "draft: true",
        "---",
    ]
    file.write_text("\n".join(head) + "\n\n", encoding="utf-8")
    return file
