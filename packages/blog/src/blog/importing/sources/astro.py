"""Reads a folder of Astro."""

from __future__ import annotations

import re
from pathlib import Path

from blog.importing.documents import get_text, read_text
from blog.importing.sources.source_folder import (
    MARKDOWN,
    SourceFolder,
    add_files,
    is_draft,
    note_folders,
    read_document,
    walk_files,
)


def read_astro(root: Path, source: SourceFolder) -> None:
    for config in sorted(root.glob("astro.config.*")):
        site = re.search(r"\bsite:\s*['\"`]([^'\"`]+)", read_text(config)[0])
        if site:
            source.settings["url"] = site[1]
    for top, is_page in ((root / "src/content", False), (root / "src/pages", True), (root / "src/data/blog", False)):
        for file in walk_files(top):
            place = file.relative_to(top)
            if file.suffix.lower() not in MARKDOWN:
                if file.suffix.lower() in {".astro", ".json", ".yaml", ".yml"} and not is_page:
                    source.note(file.relative_to(root).as_posix(), "Data of a collection is not moved.")
                continue
            document = read_document(source, root, file)
            if not document:
                continue
            document.date = get_text(
                document.fields, "pubDate", "pubDatetime", "date", "publishDate", "publishedAt", "published"
            )
            document.is_page = not document.date
            document.is_draft = is_draft(document.fields)
            name = place.with_suffix("").as_posix().lower()
            name = name.removesuffix("/index")
            own = get_text(document.fields, "slug", "permalink")
            path = f"{name.partition('/')[0]}/{own}" if own and "/" in name else name
            document.old_paths = [f"/{path.strip('/')}/"]
            source.documents.append(document)
    add_files(source, root / "public", "static")
    note_folders(
        source, root, {"src/layouts": "templates", "src/components": "components", "src/styles": "style sheets"}
    )
