"""Reads a folder of Jekyll."""

from __future__ import annotations

from pathlib import Path

from blog.importing.documents import get_list, get_text
from blog.importing.sources.source_folder import (
    DATED_NAME,
    MARKDOWN,
    OTHER_DOCUMENTS,
    SourceDocument,
    SourceFolder,
    fill_permalink,
    is_draft,
    is_file_to_move,
    list_date_tokens,
    note_folders,
    read_configs,
    read_document,
    set_settings,
    slugify_title,
    walk_files,
)


def read_jekyll(root: Path, source: SourceFolder) -> None:
    config = read_configs(source, root, "_config.yml", "_config.yaml", "_config.toml")
    base = get_text(config, "url") + get_text(config, "baseurl")
    set_settings(
        source, config, url=base, language=get_text(config, "lang", "locale"), time_zone=get_text(config, "timezone")
    )
    styles = {
        "": "/:categories/:year/:month/:day/:title.html",
        "date": "/:categories/:year/:month/:day/:title.html",
        "pretty": "/:categories/:year/:month/:day/:title/",
        "ordinal": "/:categories/:year/:y_day/:title.html",
        "none": "/:categories/:title.html",
    }
    permalink = get_text(config, "permalink")
    template = styles.get(permalink, permalink)
    for file in walk_files(root):
        place = file.relative_to(root)
        folders = place.parts[:-1]
        in_posts, in_drafts = "_posts" in folders, "_drafts" in folders
        is_hidden = any(part.startswith("_") for part in folders)
        if in_posts or in_drafts:
            if file.suffix.lower() in (*MARKDOWN, *OTHER_DOCUMENTS) and (document := read_document(source, root, file)):
                _describe_jekyll_post(document, place, template, in_drafts=in_drafts)
                source.documents.append(document)
        elif folders and folders[0] == "_site":
            continue
        elif (
            file.suffix.lower() in MARKDOWN and not is_hidden and place.name.lower() not in {"readme.md", "license.md"}
        ):
            _read_jekyll_page(root, source, file, place)
        elif (
            not is_hidden
            and is_file_to_move(file)
            and place.name not in {"package.json", "package-lock.json", "robots.txt"}
        ):
            source.files[f"static/{place.as_posix()}"] = file
        elif is_hidden and file.suffix.lower() in MARKDOWN:
            source.note(place.as_posix(), f"A document of the collection `{folders[0]}` is not moved.")
    note_folders(
        source,
        root,
        {
            "_layouts": "templates",
            "_includes": "templates",
            "_data": "data files",
            "_plugins": "plugins",
            "_sass": "style sheets",
        },
    )


def _describe_jekyll_post(document: SourceDocument, place: Path, template: str, *, in_drafts: bool) -> None:
    dated = DATED_NAME.match(place.stem)
    name = dated[4] if dated else place.stem
    document.date = get_text(document.fields, "date") or (
        "-".join((dated[1], dated[2].zfill(2), dated[3].zfill(2))) if dated else ""
    )
    document.is_draft = in_drafts or is_draft(document.fields)
    folder_categories = list(place.parts[: place.parts.index("_drafts" if in_drafts else "_posts")])
    categories = folder_categories + get_list(document.fields, "categories", "category", separator=" ")
    own = get_text(document.fields, "permalink")
    title = get_text(document.fields, "slug") or name
    tokens = {
        "categories": "/".join(slugify_title(category) for category in dict.fromkeys(categories)),
        "title": title,
        "slug": slugify_title(title),
    }
    tokens |= {"name": name, **list_date_tokens(document.date)}
    document.old_paths = [fill_permalink(own or template, tokens)]
    document.fields.setdefault("slug", name)


def _read_jekyll_page(root: Path, source: SourceFolder, file: Path, place: Path) -> None:
    document = read_document(source, root, file)
    if document and document.fields and place.stem != "index":
        document.is_page = True
        document.is_draft = is_draft(document.fields)
        document.old_paths = [get_text(document.fields, "permalink") or f"/{place.with_suffix('.html').as_posix()}"]
        source.documents.append(document)
    elif document and place.stem == "index":
        source.note(place.as_posix(), "The page of a folder is not moved.")
