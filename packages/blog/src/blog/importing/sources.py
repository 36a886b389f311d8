"""Finds what a folder of another generator holds: documents with their old addresses, files and settings."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from blog.importing.documents import (
    DocumentError,
    Fields,
    get_list,
    get_text,
    parse_document,
    read_text,
    read_toml,
    read_yaml,
)

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd", ".mdx")
_OTHER_DOCUMENTS = (".adoc", ".asciidoc", ".html", ".htm", ".ipynb", ".org", ".rst", ".textile")
_FILES = (
    ".apng .avif .bmp .csv .flac .gif .ico .jpeg .jpg .json .m4a .mov .mp3 .mp4 .ogg .pdf .png .svg .tif .tiff .txt"
    " .wav .webm .webp .woff .woff2 .xlsx .zip"
)
_TRANSLATION = re.compile(r"(.+)\.([a-z]{2}(?:-[a-z]{2,4})?)", re.IGNORECASE)
"""The name of a translation in Hugo, such as `about.fr`."""
_DATED_NAME = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})-(.+)$")


@dataclass
class SourceDocument:
    """A post or a page as its generator has it. `old_paths` are its addresses there; `place` is its file's path."""

    place: str
    file: Path | None
    fields: Fields
    body: str
    line: int
    old_paths: list[str]
    is_page: bool = False
    is_draft: bool = False
    date: str = ""


@dataclass
class SourceFolder:
    """`files` maps paths of the new content folder to files. `notes` says what is not moved, and why."""

    settings: dict[str, str] = field(default_factory=dict)
    documents: list[SourceDocument] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)
    notes: list[tuple[str, int, str]] = field(default_factory=list)

    def note(self, place: str, message: str, line: int = 0) -> None:
        self.notes.append((place, line, message))


def read_source(kind: str, folder: Path) -> SourceFolder:
    """Returns what the folder of a generator holds. `kind` is one of `READERS`."""
    source = SourceFolder()
    READERS[kind](folder, source)
    return source


def _walk(folder: Path) -> Iterator[Path]:
    """Yields the files below a folder in a fixed order. Hidden ones and links to folders are left out."""
    if folder.is_dir():
        for entry in sorted(folder.iterdir()):
            if entry.name.startswith(".") or entry.name in {"node_modules", "vendor", "__pycache__"}:
                continue
            if entry.is_dir() and not entry.is_symlink():
                yield from _walk(entry)
            elif entry.is_file():
                yield entry


def _add_files(source: SourceFolder, folder: Path, target: str) -> None:
    for file in _walk(folder):
        source.files[f"{target}/{file.relative_to(folder).as_posix()}"] = file


def _is_file_to_move(file: Path) -> bool:
    return file.suffix.lower() in _FILES.split()


def _read(source: SourceFolder, root: Path, file: Path, *, has_plain_fields: bool = False) -> SourceDocument | None:
    """Returns the document of a file, or None with a note."""
    place = file.relative_to(root).as_posix()
    if file.suffix.lower() not in MARKDOWN:
        source.note(place, f"A {file.suffix} document is not moved. Write it as Markdown.")
        return None
    try:
        text, is_utf8 = read_text(file)
        document = parse_document(text, has_plain_fields=has_plain_fields)
    except (DocumentError, OSError) as error:
        source.note(place, f"The file is not moved: {error}.")
        return None
    if not is_utf8:
        source.note(place, "The file was not UTF-8. It is read as Windows text; look at its letters.")
    return SourceDocument(place, file, document.fields, document.body, document.line, [])


def _is_draft(fields: Fields) -> bool:
    is_unpublished = get_text(fields, "published").lower() in {"false", "no"}
    return (
        is_unpublished
        or get_text(fields, "draft").lower() in {"true", "yes"}
        or get_text(fields, "status").lower() == "draft"
    )


def _fill(template: str, values: dict[str, str]) -> str:
    path = re.sub(r":(\w+)|\[(\w+)\]", lambda match: values.get(match[1] or match[2], match[0]), template)
    return re.sub(r"/{2,}", "/", path)


def _list_date_tokens(date: str) -> dict[str, str]:
    year, month, day = [*date[:10].split("-"), "", ""][:3] if re.match(r"\d{4}-\d{2}-\d{2}", date) else ("", "", "")
    short = {"i_month": month.lstrip("0"), "i_day": day.lstrip("0"), "short_year": year[2:]}
    return {"year": year, "month": month, "day": day, **short}


def _slug(text: str) -> str:
    """Returns the text as Hugo and Jekyll write it in addresses."""
    return re.sub(r"[^\w]+", "-", text.lower()).strip("-")


# Hugo


def _read_hugo(root: Path, source: SourceFolder) -> None:
    config = _read_configs(
        source,
        root,
        *(
            f"{name}.{end}"
            for name in ("hugo", "config", "config/_default/hugo")
            for end in ("toml", "yaml", "yml", "json")
        ),
    )
    language = get_text(config, "languageCode", "defaultContentLanguage", "locale")
    _set_settings(source, config, url=get_text(config, "baseURL", "baseurl"), language=language)
    permalinks = config.get("permalinks")
    permalinks = permalinks if isinstance(permalinks, dict) else {}
    permalinks = permalinks.get("page") if isinstance(permalinks.get("page"), dict) else permalinks
    ending = ".html" if get_text(config, "uglyURLs", "uglyurls") == "true" else "/"
    for file in _walk(root / "content"):
        place = file.relative_to(root / "content")
        if file.suffix.lower() not in (*MARKDOWN, *_OTHER_DOCUMENTS):
            continue
        if file.name.startswith("_index."):
            source.note(f"content/{place}", "The page of a section is not moved.")
            continue
        document = _read(source, root, file)
        if not document:
            continue
        translated = _TRANSLATION.fullmatch(file.stem)
        stem, tongue = (translated[1], translated[2]) if translated else (file.stem, "")
        is_bundle = stem == "index" and len(place.parts) > 1
        name = place.parent.name if is_bundle else stem
        section = place.parts[0] if len(place.parts) > 1 + is_bundle else ""
        document.is_page = not section and not get_text(document.fields, "date", "publishDate")
        document.is_draft = _is_draft(document.fields)
        dated = _DATED_NAME.match(name)
        document.date = get_text(document.fields, "date", "publishDate") or (dated[0][:10] if dated else "")
        parent = (place.parent.parent if is_bundle else place.parent).as_posix().lower()
        own_slug = get_text(document.fields, "slug")
        slug = own_slug or _slug(name)
        title = _slug(get_text(document.fields, "title")) or slug
        template = permalinks.get(section) if isinstance(permalinks, dict) else None
        tokens = {"slug": own_slug or title, "title": title, "filename": name, "section": section, "sections": parent}
        tokens |= {
            "contentbasename": name,
            "slugorfilename": slug,
            "slugorcontentbasename": slug,
            **_list_date_tokens(document.date),
        }
        path = _fill(str(template), tokens) if template else f"/{'' if parent == '.' else parent + '/'}{slug}{ending}"
        document.old_paths = [get_text(document.fields, "url") or (f"/{tongue}{path}" if tongue else path)]
        if tongue:
            document.fields["slug"] = f"{slug}-{tongue}"
        if document.is_page and not document.body.strip():
            source.note(document.place, "The page has no text, so it is not moved. Its template made it.")
            continue
        source.documents.append(document)
    _add_files(source, root / "static", "static")
    _note_folders(
        source,
        root,
        {"layouts": "templates", "themes": "themes", "data": "data files", "assets": "assets that templates process"},
    )


# Jekyll


def _read_jekyll(root: Path, source: SourceFolder) -> None:
    config = _read_configs(source, root, "_config.yml", "_config.yaml", "_config.toml")
    base = get_text(config, "url") + get_text(config, "baseurl")
    _set_settings(
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
    for file in _walk(root):
        place = file.relative_to(root)
        folders = place.parts[:-1]
        in_posts, in_drafts = "_posts" in folders, "_drafts" in folders
        is_hidden = any(part.startswith("_") for part in folders)
        if in_posts or in_drafts:
            if file.suffix.lower() in (*MARKDOWN, *_OTHER_DOCUMENTS) and (document := _read(source, root, file)):
                _describe_jekyll_post(document, place, template, is_draft=in_drafts)
                source.documents.append(document)
        elif folders and folders[0] == "_site":
            continue
        elif (
            file.suffix.lower() in MARKDOWN and not is_hidden and place.name.lower() not in {"readme.md", "license.md"}
        ):
            _read_jekyll_page(root, source, file, place)
        elif (
            not is_hidden
            and _is_file_to_move(file)
            and place.name not in {"package.json", "package-lock.json", "robots.txt"}
        ):
            source.files[f"static/{place.as_posix()}"] = file
        elif is_hidden and file.suffix.lower() in MARKDOWN:
            source.note(place.as_posix(), f"A document of the collection `{folders[0]}` is not moved.")
    _note_folders(
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


def _describe_jekyll_post(document: SourceDocument, place: Path, template: str, *, is_draft: bool) -> None:
    dated = _DATED_NAME.match(place.stem)
    name = dated[4] if dated else place.stem
    document.date = get_text(document.fields, "date") or (
        "-".join((dated[1], dated[2].zfill(2), dated[3].zfill(2))) if dated else ""
    )
    document.is_draft = is_draft or _is_draft(document.fields)
    folder_categories = list(place.parts[: place.parts.index("_drafts" if is_draft else "_posts")])
    categories = folder_categories + get_list(document.fields, "categories", "category", separator=" ")
    own = get_text(document.fields, "permalink")
    title = get_text(document.fields, "slug") or name
    tokens = {
        "categories": "/".join(_slug(category) for category in dict.fromkeys(categories)),
        "title": title,
        "slug": _slug(title),
    }
    tokens |= {"name": name, **_list_date_tokens(document.date)}
    document.old_paths = [_fill(own or template, tokens)]
    document.fields.setdefault("slug", name)


def _read_jekyll_page(root: Path, source: SourceFolder, file: Path, place: Path) -> None:
    document = _read(source, root, file)
    if document and document.fields and place.stem != "index":
        document.is_page = True
        document.is_draft = _is_draft(document.fields)
        document.old_paths = [get_text(document.fields, "permalink") or f"/{place.with_suffix('.html').as_posix()}"]
        source.documents.append(document)
    elif document and place.stem == "index":
        source.note(place.as_posix(), "The page of a folder is not moved.")


# Astro


def _read_astro(root: Path, source: SourceFolder) -> None:
    for config in sorted(root.glob("astro.config.*")):
        site = re.search(r"\bsite:\s*['\"`]([^'\"`]+)", read_text(config)[0])
        if site:
            source.settings["url"] = site[1]
    for top, is_page in ((root / "src/content", False), (root / "src/pages", True), (root / "src/data/blog", False)):
        for file in _walk(top):
            place = file.relative_to(top)
            if file.suffix.lower() not in MARKDOWN:
                if file.suffix.lower() in {".astro", ".json", ".yaml", ".yml"} and not is_page:
                    source.note(file.relative_to(root).as_posix(), "Data of a collection is not moved.")
                continue
            document = _read(source, root, file)
            if not document:
                continue
            document.date = get_text(
                document.fields, "pubDate", "pubDatetime", "date", "publishDate", "publishedAt", "published"
            )
            document.is_page = not document.date
            document.is_draft = _is_draft(document.fields)
            name = place.with_suffix("").as_posix().lower()
            name = name.removesuffix("/index")
            own = get_text(document.fields, "slug", "permalink")
            path = f"{name.partition('/')[0]}/{own}" if own and "/" in name else name
            document.old_paths = [f"/{path.strip('/')}/"]
            source.documents.append(document)
    _add_files(source, root / "public", "static")
    _note_folders(
        source, root, {"src/layouts": "templates", "src/components": "components", "src/styles": "style sheets"}
    )


# Pelican


def _read_pelican(root: Path, source: SourceFolder) -> None:
    config = _read_python_settings(root)
    _set_settings(
        source,
        {},
        url=config.get("SITEURL", ""),
        language=config.get("DEFAULT_LANG", ""),
        time_zone=config.get("TIMEZONE", ""),
    )
    if config.get("SITENAME"):
        source.settings["title"] = config["SITENAME"]
    content = root / (config.get("PATH") or "content")
    content = content if content.is_dir() else root
    for file in _walk(content):
        place = file.relative_to(content)
        suffix = file.suffix.lower()
        if suffix in (*MARKDOWN, *_OTHER_DOCUMENTS):
            document = _read(source, root, file, has_plain_fields=True)
            if document:
                document.fields = {key.lower(): value for key, value in document.fields.items()}
                document.is_page = place.parts[0] == "pages"
                document.is_draft = _is_draft(document.fields)
                document.date = get_text(document.fields, "date")
                slug = get_text(document.fields, "slug") or _slug(get_text(document.fields, "title") or file.stem)
                document.fields["slug"] = slug
                default = "pages/{slug}.html" if document.is_page else "{slug}.html"
                template = config.get("PAGE_URL" if document.is_page else "ARTICLE_URL") or default
                template = get_text(document.fields, "save_as", "url") or template
                document.old_paths = [_fill_pelican(template, slug, document)]
                source.documents.append(document)
        elif suffix not in {".py", ".css", ".js"}:
            target = "images" if place.parts[0] == "images" else "static"
            rest = place.relative_to("images") if place.parts[0] == "images" else place
            source.files[f"{target}/{rest.as_posix()}"] = file


def _fill_pelican(template: str, slug: str, document: SourceDocument) -> str:
    tokens = _list_date_tokens(document.date.replace("/", "-"))
    formats = {"%Y": tokens["year"], "%m": tokens["month"], "%d": tokens["day"], "%y": tokens["short_year"]}
    category = _slug(get_text(document.fields, "category"))

    def replace(match: re.Match[str]) -> str:
        name, style = match[1], match[2] or "%Y-%m-%d"
        if name == "date":
            return re.sub(r"%-?\w", lambda code: formats.get(code[0].replace("-", ""), code[0]), style)
        return {"slug": slug, "category": category, "lang": ""}.get(name, match[0])

    return "/" + re.sub(r"\{(\w+)(?::([^}]*))?\}", replace, template).lstrip("/")


def _read_python_settings(root: Path) -> dict[str, str]:
    """Returns the plain assignments of Pelican's settings. The file is read and not run."""
    settings: dict[str, str] = {}
    for name in ("pelicanconf.py", "publishconf.py"):
        file = root / name
        if not file.is_file():
            continue
        try:
            tree = ast.parse(read_text(file)[0])
        except (SyntaxError, ValueError):
            continue
        for node in tree.body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                for target in node.targets:
                    if isinstance(target, ast.Name) and node.value.value:
                        settings[target.id] = node.value.value
    return settings


# Ghost


def _read_ghost(root: Path, source: SourceFolder) -> None:
    exports = [root] if root.is_file() else [file for file in _walk(root) if file.suffix == ".json"]
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
        _add_files(source, folder / name, "images")
    _add_files(source, folder / "content/media", "static/media")
    _add_files(source, folder / "content/files", "static/files")


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


# What several have in common


def _read_configs(source: SourceFolder, root: Path, *names: str) -> Fields:
    for name in names:
        file = root / name
        if file.is_file():
            text = read_text(file)[0]
            try:
                if file.suffix == ".json":
                    value = json.loads(text)
                    return value if isinstance(value, dict) else {}
                return read_toml(text) if file.suffix == ".toml" else read_yaml(text)
            except (DocumentError, ValueError) as error:
                source.note(name, f"The settings are not read: {error}.")
    return {}


def _set_settings(source: SourceFolder, config: Fields, *, url: str, language: str = "", time_zone: str = "") -> None:
    values = {"title": get_text(config, "title"), "description": get_text(config, "description", "params.description")}
    values |= {"author": get_text(config, "author.name", "author", "params.author", "params.author.name")}
    if urlsplit(url).scheme in {"http", "https"}:
        values["url"] = url
    if re.fullmatch(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*", language):
        values["language"] = language.replace("_", "-")
    values["time_zone"] = time_zone or get_text(config, "timeZone")
    source.settings |= {name: value for name, value in values.items() if value}


def _note_folders(source: SourceFolder, root: Path, folders: dict[str, str]) -> None:
    for name, what in folders.items():
        if any(_walk(root / name)):
            source.note(name, f"The {what} are not moved.")


READERS: dict[str, Callable[[Path, SourceFolder], None]] = {
    "hugo": _read_hugo,
    "jekyll": _read_jekyll,
    "astro": _read_astro,
    "pelican": _read_pelican,
    "ghost": _read_ghost,
}
