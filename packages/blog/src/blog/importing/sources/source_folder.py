"""The documents, files and settings of a folder of another generator, and how every reader finds them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from blog.importing.documents import (
    DocumentError,
    Fields,
    get_text,
    parse_document,
    read_text,
    read_toml,
    read_yaml,
)

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd", ".mdx")
OTHER_DOCUMENTS = (".adoc", ".asciidoc", ".html", ".htm", ".ipynb", ".org", ".rst", ".textile")
_FILES = (
    ".apng .avif .bmp .csv .flac .gif .ico .jpeg .jpg .json .m4a .mov .mp3 .mp4 .ogg .pdf .png .svg .tif .tiff .txt"
    " .wav .webm .webp .woff .woff2 .xlsx .zip"
)
DATED_NAME = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})-(.+)$")


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
    language: str = ""


@dataclass
class SourceFolder:
    """`files` maps paths of the new content folder to files. `notes` says what is not moved, and why."""

    settings: dict[str, str] = field(default_factory=dict)
    documents: list[SourceDocument] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)
    notes: list[tuple[str, int, str]] = field(default_factory=list)

    def note(self, place: str, message: str, line: int = 0) -> None:
        self.notes.append((place, line, message))


def walk_files(folder: Path) -> Iterator[Path]:
    """Yields the files below a folder in a fixed order. Hidden ones and links to folders are left out."""
    if folder.is_dir():
        for entry in sorted(folder.iterdir()):
            if entry.name.startswith(".") or entry.name in {"node_modules", "vendor", "__pycache__"}:
                continue
            if entry.is_dir() and not entry.is_symlink():
                yield from walk_files(entry)
            elif entry.is_file():
                yield entry


def add_files(source: SourceFolder, folder: Path, target: str) -> None:
    for file in walk_files(folder):
        source.files[f"{target}/{file.relative_to(folder).as_posix()}"] = file


def is_file_to_move(file: Path) -> bool:
    return file.suffix.lower() in _FILES.split()


def read_document(
    source: SourceFolder, root: Path, file: Path, *, has_plain_fields: bool = False
) -> SourceDocument | None:
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


def is_draft(fields: Fields) -> bool:
    is_unpublished = get_text(fields, "published").lower() in {"false", "no"}
    return (
        is_unpublished
        or get_text(fields, "draft").lower() in {"true", "yes"}
        or get_text(fields, "status").lower() == "draft"
    )


def fill_permalink(template: str, values: dict[str, str]) -> str:
    path = re.sub(r":(\w+)|\[(\w+)\]", lambda match: values.get(match[1] or match[2], match[0]), template)
    return re.sub(r"/{2,}", "/", path)


def list_date_tokens(date: str) -> dict[str, str]:
    year, month, day = [*date[:10].split("-"), "", ""][:3] if re.match(r"\d{4}-\d{2}-\d{2}", date) else ("", "", "")
    short = {"i_month": month.lstrip("0"), "i_day": day.lstrip("0"), "short_year": year[2:]}
    return {"year": year, "month": month, "day": day, **short}


def slugify_title(text: str) -> str:
    """Returns the text as Hugo and Jekyll write it in addresses."""
    return re.sub(r"[^\w]+", "-", text.lower()).strip("-")


def read_configs(source: SourceFolder, root: Path, *names: str) -> Fields:
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


def set_settings(source: SourceFolder, config: Fields, *, url: str, language: str = "", time_zone: str = "") -> None:
    values = {"title": get_text(config, "title"), "description": get_text(config, "description", "params.description")}
    values |= {"author": get_text(config, "author.name", "author", "params.author", "params.author.name")}
    if urlsplit(url).scheme in {"http", "https"}:
        values["url"] = url
    if re.fullmatch(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*", language):
        values["language"] = language.replace("_", "-")
    values["time_zone"] = time_zone or get_text(config, "timeZone")
    source.settings |= {name: value for name, value in values.items() if value}


def note_folders(source: SourceFolder, root: Path, folders: dict[str, str]) -> None:
    for name, what in folders.items():
        if any(walk_files(root / name)):
            source.note(name, f"The {what} are not moved.")
