"""Reads a folder of Ghost, which is an export file and its pictures."""

from __future__ import annotations

import json
import re
from pathlib import Path

from blog.importing.documents import Fields
from blog.importing.sources.source_folder import SourceDocument, SourceFolder, add_files, walk_files


def read_ghost(root: Path, source: SourceFolder) -> None:
    exports = [root] if root.is_file() else [file for file in walk_files(root) if file.suffix == ".json"]
    folder = root.parent if root.is_file() else root
    for file in exports:
        try:
            export = json.loads(file.read_bytes())
            data = export["db"][0]["data"] if "db" in export else export["data"]
            posts = data["posts"]
        except (ValueError, KeyError, TypeError, IndexError):
            continue
        settings = {row.get("key"): row.get("value") for row in data.get("settings", [])}
        names = {"title": "title", "description": "description", "lang": "language", "timezone": "time_zone"}
        source.settings |= {ours: str(settings[theirs]) for theirs, ours in names.items() if settings.get(theirs)}
        tags = _join_ghost(data, "posts_tags", "tag_id", "tags")
        authors = _join_ghost(data, "posts_authors", "author_id", "users")
        metas = {row.get("post_id"): row for row in data.get("posts_meta", [])}
        for row in posts:
            _add_ghost_post(source, file.relative_to(folder).as_posix(), row, tags, authors, metas)
    if not source.documents and not source.notes:
        source.note(str(root), "There is no Ghost export here. It is a .json file from Settings, Export.")
    for name in ("content/images", "images"):
        add_files(source, folder / name, "images")
    add_files(source, folder / "content/media", "static/media")
    add_files(source, folder / "content/files", "static/files")


def _join_ghost(
    data: dict[str, list[dict[str, object]]], table: str, column: str, other: str
) -> dict[object, list[str]]:
    names = {row["id"]: str(row.get("name", "")) for row in data.get(other, [])}
    joined: dict[object, list[str]] = {}
    for row in sorted(data.get(table, []), key=lambda row: int(str(row.get("sort_order") or 0))):
        name = names.get(row.get(column), "")
        # Ghost's internal tags begin with a hash.
        if name and not name.startswith("#"):
            joined.setdefault(row.get("post_id"), []).append(name)
    return joined


def _add_ghost_post(  # noqa: PLR0917
    source: SourceFolder,
    file: str,
    row: dict[str, object],
    tags: dict[object, list[str]],
    authors: dict[object, list[str]],
    metas: dict[object, dict[str, object]],
) -> None:
    place = f"{file}: {row.get('slug')}"
    body = _read_ghost_body(row)
    if not body.strip():
        source.note(place, "The post has no text.")
    meta = metas.get(row.get("id"), {})
    fields: Fields = {
        "title": str(row.get("title") or ""),
        "slug": str(row.get("slug") or ""),
        "description": str(
            row.get("custom_excerpt") or meta.get("meta_description") or row.get("meta_description") or ""
        ),
        "tags": list(tags.get(row.get("id"), [])),
        "author": ", ".join(authors.get(row.get("id"), [])),
        "image": str(row.get("feature_image") or "")
        .replace("__GHOST_URL__", "")
        .replace("/content/images/", "/images/"),
        "image_alt": str(meta.get("feature_image_alt") or ""),
        "updated": str(row.get("updated_at") or ""),
    }
    if row.get("visibility", "public") != "public":
        source.note(
            place,
            f"The post was for {row.get('visibility')} only. It is a draft now, because a static site has no members.",
        )
    document = SourceDocument(place, None, fields, body, 1, [f"/{row.get('slug')}/"])
    document.is_page = row.get("type") == "page" or str(row.get("page")) in {"1", "True"}
    document.is_draft = (
        row.get("status") not in {"published", "scheduled", "sent"} or row.get("visibility", "public") != "public"
    )
    document.date = str(row.get("published_at") or row.get("created_at") or "")
    source.documents.append(document)


def _read_ghost_body(row: dict[str, object]) -> str:
    """Returns the Markdown of a post that was written as such, else its HTML."""
    body = str(row.get("markdown") or row.get("html") or "")
    try:
        cards = json.loads(str(row.get("mobiledoc") or "{}")).get("cards", [])
    except ValueError:
        cards = []
    texts = [
        card[1].get("markdown", "") for card in cards if len(card) > 1 and card[0] in {"markdown", "card-markdown"}
    ]
    if len(cards) == len(texts) == 1:
        body = texts[0]
    body = body.replace("__GHOST_URL__", "").replace("/content/images/", "/images/")
    # A picture without a text is decoration.
    body = re.sub(r"<img(?![^>]*\balt=)", '<img alt=""', body)
    return body.replace("/content/media/", "/media/").replace("/content/files/", "/files/")
