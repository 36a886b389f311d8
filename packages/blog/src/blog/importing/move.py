"""Writes the content of another generator's folder into a content folder of this builder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

from blog.errors import BuildError, Problem
from blog.importing.front_matter import FrontMatter, write_fields
from blog.importing.markup import convert
from blog.importing.new_addresses import NewAddresses
from blog.importing.rewrite_links import LinkRewriter
from blog.importing.sources import READERS, SourceDocument, SourceFolder, read_source
from blog.post_parser import FORBIDDEN, parse_post
from blog.settings import Settings, find_error


class ImportResult(NamedTuple):
    """The numbers of what was moved, and a note for everything that was not or needs a look."""

    posts: int
    pages: int
    files: int
    redirects: int
    notes: list[Problem]


def import_folder(kind: str, folder: Path, root: Path) -> ImportResult:
    """Moves the posts, pages and pictures of `folder` into the content folder `root`. Nothing is overwritten.

    Raises `BuildError` if a file of `root` is in the way.
    """
    if kind not in READERS:
        raise BuildError([Problem(kind, 0, f"This is not a known generator. Known are {', '.join(READERS)}.")])
    if not folder.exists():
        raise BuildError([Problem(str(folder), 0, "There is no such folder.")])
    source = read_source(kind, folder)
    move = _Move(kind, folder if folder.is_dir() else folder.parent, source)
    texts = move.write_documents()
    files = {path: file for path, file in source.files.items() if file.is_file()}
    taken = sorted(path for path in (*texts, *files) if (root / path).exists())
    if taken:
        message = "The file exists. Import into an empty folder, or remove it."
        raise BuildError([Problem(str(root / path), 0, message) for path in taken])
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    for path, file in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, root / path)
    if not (root / "blog.toml").exists() and (lines := move.write_settings()):
        (root / "blog.toml").write_text(lines, encoding="utf-8")
    pages = sum(path.startswith("content/pages/") for path in texts)
    return ImportResult(len(texts) - pages, pages, len(files), move.front_matter.redirects, move.list_notes())


class _Move:
    """One import. It gives every document its place first, so that links between documents can be followed."""

    def __init__(self, kind: str, folder: Path, source: SourceFolder) -> None:
        self.kind, self.source = kind, source
        self.addresses = NewAddresses(source)
        self.links = LinkRewriter(kind, folder, source, self.addresses)
        self.front_matter = FrontMatter(kind, source, self.links)

    def write_documents(self) -> dict[str, str]:
        """Returns the text of every post and page by its path in the content folder."""
        texts: dict[str, str] = {}
        taken = {f"{slug}/index.html" for slug in self.addresses.slugs}
        for slug, document in zip(self.addresses.slugs, self.source.documents, strict=True):
            body = convert(
                FORBIDDEN.sub("", document.body),
                self.kind,
                lambda what, text, document=document: self.source.note(  # type: ignore[misc]
                    document.place, f"Not converted: {what}.", _find_line(document, text)
                ),
            )
            body = self.links.rewrite_links(document, body, slug)
            head = self.front_matter.build_fields(document, slug, taken)
            folder = "content/pages" if document.is_page else "content/posts"
            text = f"---\n{write_fields(head)}---\n\n{body.strip()}\n"
            path = f"{folder}/{slug}.md"
            _, _, problems = parse_post(path, text, needs_date=not document.is_page)
            for problem in problems:
                self.source.note(path, f"The next build stops here: {problem.message}", problem.line)
            texts[path] = text
        return texts

    def write_settings(self) -> str:
        """Returns the `blog.toml` of the content folder."""
        lines = []
        for name, value in self.source.settings.items():
            if name in Settings._fields and not find_error(name, value):
                lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}\n")
        return "".join(lines)

    def list_notes(self) -> list[Problem]:
        """Returns all notes, those about front matter once for each key."""
        notes = [Problem(place, line, message) for place, line, message in self.source.notes]
        for key, count in sorted(self.front_matter.unknown_keys.items()):
            many = "1 document" if count == 1 else f"{count} documents"
            notes.append(Problem("front matter", 0, f"`{key}` of {many} has no counterpart and is left out."))
        return sorted(set(notes))


def _find_line(document: SourceDocument, text: str) -> int:
    position = document.body.find(text)
    return document.line + document.body.count("\n", 0, max(position, 0))
