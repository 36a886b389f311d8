"""Reads a folder of Pelican."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from blog.importing.documents import get_text, read_text
from blog.importing.sources.source_folder import (
    MARKDOWN,
    OTHER_DOCUMENTS,
    SourceDocument,
    SourceFolder,
    is_draft,
    list_date_tokens,
    read_document,
    set_settings,
    slugify_title,
    walk_files,
)


def read_pelican(root: Path, source: SourceFolder) -> None:
    config = _read_python_settings(root)
    set_settings(
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
    for file in walk_files(content):
        place = file.relative_to(content)
        suffix = file.suffix.lower()
        if suffix in (*MARKDOWN, *OTHER_DOCUMENTS):
            document = read_document(source, root, file, has_plain_fields=True)
            if document:
                document.fields = {key.lower(): value for key, value in document.fields.items()}
                document.is_page = place.parts[0] == "pages"
                document.is_draft = is_draft(document.fields)
                document.date = get_text(document.fields, "date")
                slug = get_text(document.fields, "slug") or slugify_title(
                    get_text(document.fields, "title") or file.stem
                )
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
    tokens = list_date_tokens(document.date.replace("/", "-"))
    formats = {"%Y": tokens["year"], "%m": tokens["month"], "%d": tokens["day"], "%y": tokens["short_year"]}
    category = slugify_title(get_text(document.fields, "category"))

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
