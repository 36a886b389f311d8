"""Reads a folder of Hugo."""

from __future__ import annotations

import re
from pathlib import Path

from blog.importing.documents import get_text
from blog.importing.sources.source_folder import (
    DATED_NAME,
    MARKDOWN,
    OTHER_DOCUMENTS,
    SourceFolder,
    add_files,
    fill_permalink,
    is_draft,
    list_date_tokens,
    note_folders,
    read_configs,
    read_document,
    set_settings,
    slugify_title,
    walk_files,
)

_TRANSLATION = re.compile(r"(.+)\.([a-z]{2}(?:-[a-z]{2,4})?)", re.IGNORECASE)
"""The name of a translation in Hugo, such as `about.fr`."""


def read_hugo(root: Path, source: SourceFolder) -> None:
    config = read_configs(
        source,
        root,
        *(
            f"{name}.{end}"
            for name in ("hugo", "config", "config/_default/hugo")
            for end in ("toml", "yaml", "yml", "json")
        ),
    )
    language = get_text(config, "languageCode", "defaultContentLanguage", "locale")
    set_settings(source, config, url=get_text(config, "baseURL", "baseurl"), language=language)
    permalinks = config.get("permalinks")
    permalinks = permalinks if isinstance(permalinks, dict) else {}
    permalinks = permalinks.get("page") if isinstance(permalinks.get("page"), dict) else permalinks
    ending = ".html" if get_text(config, "uglyURLs", "uglyurls") == "true" else "/"
    for file in walk_files(root / "content"):
        place = file.relative_to(root / "content")
        if file.suffix.lower() not in (*MARKDOWN, *OTHER_DOCUMENTS):
            continue
        if file.name.startswith("_index."):
            source.note(f"content/{place}", "The page of a section is not moved.")
            continue
        document = read_document(source, root, file)
        if not document:
            continue
        translated = _TRANSLATION.fullmatch(file.stem)
        stem, tongue = (translated[1], translated[2]) if translated else (file.stem, "")
        is_bundle = stem == "index" and len(place.parts) > 1
        name = place.parent.name if is_bundle else stem
        section = place.parts[0] if len(place.parts) > 1 + is_bundle else ""
        document.is_page = not section and not get_text(document.fields, "date", "publishDate")
        document.is_draft = is_draft(document.fields)
        dated = DATED_NAME.match(name)
        document.date = get_text(document.fields, "date", "publishDate") or (dated[0][:10] if dated else "")
        parent = (place.parent.parent if is_bundle else place.parent).as_posix().lower()
        own_slug = get_text(document.fields, "slug")
        slug = own_slug or slugify_title(name)
        title = slugify_title(get_text(document.fields, "title")) or slug
        template = permalinks.get(section) if isinstance(permalinks, dict) else None
        tokens = {"slug": own_slug or title, "title": title, "filename": name, "section": section, "sections": parent}
        tokens |= {
            "contentbasename": name,
            "slugorfilename": slug,
            "slugorcontentbasename": slug,
            **list_date_tokens(document.date),
        }
        path = (
            fill_permalink(str(template), tokens)
            if template
            else f"/{'' if parent == '.' else parent + '/'}{slug}{ending}"
        )
        document.old_paths = [get_text(document.fields, "url") or (f"/{tongue}{path}" if tongue else path)]
        if tongue:
            document.fields["slug"] = f"{slug}-{tongue}"
            document.language = tongue
        if document.is_page and not document.body.strip():
            source.note(document.place, "The page has no text, so it is not moved. Its template made it.")
            continue
        source.documents.append(document)
    add_files(source, root / "static", "static")
    note_folders(
        source,
        root,
        {"layouts": "templates", "themes": "themes", "data": "data files", "assets": "assets that templates process"},
    )
