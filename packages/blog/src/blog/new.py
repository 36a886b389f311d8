"""A new draft."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from blog.faults import Fault, Faulty
from blog.slugs import slugify


def new_post(root: Path, title: str) -> Path:
    """Write a draft with today's date among the posts of a content folder, and give its path.

    Raises `Faulty` if the title gives no address or the file is there already.
    """
    slug = slugify(title)
    if not slug:
        raise Faulty([Fault("title", 0, "The title has no letters.")])
    folder = root / "content" / "posts"
    if not folder.is_dir() and (root / "content").is_dir():
        folder = root / "content"
    file = folder / f"{slug}.md"
    if file.exists():
        raise Faulty([Fault(str(file), 0, "There is a post of this name already.")])
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
