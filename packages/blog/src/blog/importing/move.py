"""Writes the content of another generator's folder into a content folder of this builder."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from blog.addresses import RESERVED_NAMES
from blog.errors import BuildError, Problem
from blog.importing.documents import get_list, get_text
from blog.importing.markup import convert, convert_pelican_links, outside_code
from blog.importing.sources import READERS, SourceDocument, SourceFolder, read_source
from blog.post_parser import FORBIDDEN, parse_post
from blog.settings import Settings, find_error
from blog.slugs import is_too_long, quote_path, shorten_slug, slugify

_LINK = re.compile(r"(!?\[(?:[^\[\]\\]|\\.|\[[^\]]*\])*\]\(\s*)(<[^<>\n]*>|[^\s()<>]+(?:\([^\s()]*\)[^\s()]*)*)")
_DEFINITION = re.compile(r"^( {0,3}\[[^\]\n]+\]:\s*)(<[^<>\n]*>|\S+)", re.M)
_ATTRIBUTE = re.compile(r"""(\b(?:src|href|poster)=)(["'])(.*?)\2""")
_KNOWN = {
    "aliases",
    "author",
    "authors",
    "bundle",
    "categories",
    "category",
    "cover",
    "coverimage",
    "date",
    "description",
    "draft",
    "excerpt",
    "featured_image",
    "featuredimage",
    "heroimage",
    "image",
    "image_alt",
    "imagealt",
    "images",
    "keywords",
    "last_modified_at",
    "lastmod",
    "layout",
    "modified",
    "permalink",
    "pubdate",
    "pubdatetime",
    "publishdate",
    "published",
    "publishedat",
    "redirect_from",
    "save_as",
    "slug",
    "status",
    "subtitle",
    "summary",
    "tags",
    "thumbnail",
    "title",
    "type",
    "updated",
    "updateddate",
    "url",
}
"""Keys of front matter that are moved, or say nothing outside of their generator."""


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
    return ImportResult(len(texts) - pages, pages, len(files), move.redirects, move.list_notes())


class _Move:
    """One import. It gives every document its place first, so that links between documents can be followed."""

    def __init__(self, kind: str, folder: Path, source: SourceFolder) -> None:
        self.kind, self.folder, self.source = kind, folder, source
        self.redirects = 0
        self.unknown_keys: Counter[str] = Counter()
        self.slugs: dict[int, str] = {}
        self.targets: dict[str, str] = {}
        self.aliases: set[str] = set()
        self.host = urlsplit(source.settings.get("url", "")).netloc
        self.base = urlsplit(source.settings.get("url", "")).path.rstrip("/")
        for number, document in enumerate(source.documents):
            self.slugs[number] = self._choose_slug(document)
            for path in (*document.old_paths, *get_list(document.fields, "aliases", "redirect_from")):
                link = f"/{self.slugs[number]}/" if document.is_page else f"/posts/{self.slugs[number]}/"
                self.targets.setdefault(_normalize(path), link)
            if document.file:
                self.targets.setdefault(f"file:{document.place}", f"{self.slugs[number]}.md")

    def _choose_slug(self, document: SourceDocument) -> str:
        explicit = get_text(document.fields, "slug").rstrip("/").rpartition("/")[2]
        last = _normalize(document.old_paths[0]).rpartition("/")[2] if document.old_paths else ""
        title = get_text(document.fields, "title")
        base = slugify(explicit) or slugify(unquote(last)) or slugify(title) or "post"
        base = shorten_slug(base, 150)
        if base in RESERVED_NAMES:
            self.source.note(
                document.place, f"`{base}` is reserved for {RESERVED_NAMES[base]}, so the post is `{base}-post`."
            )
            base += "-post"
        slug, number = base, 2
        while slug in self.slugs.values():
            slug, number = f"{base}-{number}", number + 1
        if slug != base:
            self.source.note(document.place, f"Another post is `{base}`, so this one is `{slug}`.")
        return slug

    def write_documents(self) -> dict[str, str]:
        """Returns the text of every post and page by its path in the content folder."""
        texts: dict[str, str] = {}
        taken = {f"{slug}/index.html" for slug in self.slugs.values()}
        for number, document in enumerate(self.source.documents):
            slug = self.slugs[number]
            body = convert(
                FORBIDDEN.sub("", document.body),
                self.kind,
                lambda what, text, document=document: self.source.note(  # type: ignore[misc]
                    document.place, f"Not converted: {what}.", _find_line(document, text)
                ),
            )
            body = self._rewrite_links(document, body, slug)
            head = self._build_head(document, slug, taken)
            folder = "content/pages" if document.is_page else "content/posts"
            text = f"---\n{_write_fields(head)}---\n\n{body.strip()}\n"
            path = f"{folder}/{slug}.md"
            _, _, problems = parse_post(path, text, needs_date=not document.is_page)
            for problem in problems:
                self.source.note(path, f"The next build stops here: {problem.message}", problem.line)
            texts[path] = text
        return texts

    def _build_head(self, document: SourceDocument, slug: str, taken: set[str]) -> dict[str, object]:
        fields = {FORBIDDEN.sub("", key): value for key, value in document.fields.items()}
        lower = {key.lower(): value for key, value in fields.items()}
        self.unknown_keys.update(key for key in fields if key.lower() not in _KNOWN)
        title = get_text(lower, "title") or _guess_title(document, slug)
        date = self._read_date(document, document.date)
        if not date and not document.is_page:
            date = "1970-01-01"
            document.is_draft = True
            self.source.note(
                document.place, "The post has no date. It is a draft of 1 January 1970 now; give it a date."
            )
        updated = get_text(lower, "updated", "lastmod", "modified", "last_modified_at", "updateddate")
        image = get_text(
            lower, "image", "featured_image", "featuredimage", "cover.image", "cover", "coverimage", "thumbnail"
        )
        image = image or get_text(lower, "heroimage", "image.path", "image.src", "image.url", "images", "header.image")
        separator = " " if self.kind == "jekyll" else ","
        tags = get_list(lower, "tags", "categories", "category", "keywords", separator=separator)
        head: dict[str, object] = {
            "title": title,
            "description": get_text(lower, "description", "summary", "excerpt", "subtitle"),
            "date": "" if document.is_page else date,
            "updated": self._read_date(document, updated) if updated else "",
            "tags": [tag for tag in map(_clean, tags) if slugify(tag) and not is_too_long(slugify(tag))],
            "author": ", ".join(get_list(lower, "author", "authors")),
            "draft": "true" if document.is_draft else "",
            "image": self._rewrite_url(document, image, slug) if image else "",
            "image_alt": get_text(lower, "image_alt", "imagealt", "cover.alt", "image.alt", "header.alt"),
            "aliases": self._list_aliases(document, slug, taken),
        }
        return {key: _clean(value) if isinstance(value, str) else value for key, value in head.items() if value}

    def _list_aliases(self, document: SourceDocument, slug: str, taken: set[str]) -> list[str]:
        """Returns the old addresses that differ from the new one and that nothing else has."""
        aliases = []
        for path in (*document.old_paths, *get_list(document.fields, "aliases", "redirect_from")):
            text = unquote(urlsplit(path).path) if "://" in path else unquote(path)
            alias = text.strip("/").removesuffix("/index.html")
            name = alias if alias.endswith(".html") else f"{alias}/index.html"
            if not alias or name == f"{slug}/index.html" or name in self.aliases:
                continue
            is_impossible = set(alias) & set(':?#\\<>"') or any(part in {"", ".", ".."} for part in alias.split("/"))
            if (
                is_impossible
                or alias in RESERVED_NAMES
                or name in taken
                or is_too_long(alias)
                or FORBIDDEN.search(alias)
            ):
                self.source.note(document.place, f"The old address {path} cannot be a redirect here.")
                continue
            self.aliases.add(name)
            aliases.append(f"/{alias}" if alias.endswith(".html") else f"/{alias}/")
        self.redirects += len(aliases)
        return aliases

    def _read_date(self, document: SourceDocument, text: str) -> str:
        """Returns the date in a form that the builder reads, or an empty text with a note."""
        for candidate in (text, text.replace("/", "-"), text.removesuffix(" UTC") + "Z", _read_long_date(text)):
            value = re.sub(r" ([+-]\d{2}):?(\d{2})$", r"\1:\2", candidate.strip())
            value = re.sub(r"^(\d{4})-(\d)(?=-)", r"\1-0\2", value)
            value = re.sub(r"^(\d{4}-\d{2})-(\d)(?!\d)", r"\1-0\2", value)
            value = re.sub(r"(\d{4}-\d{2}-\d{2}[T ])(\d):", r"\g<1>0\2:", value)
            _, _, problems = parse_post("x.md", f"---\ntitle: x\ndate: {json.dumps(value)}\n---\n")
            if value and not problems:
                return value
        if text:
            self.source.note(document.place, f"The date `{text}` cannot be read.")
        return ""

    def _rewrite_links(self, document: SourceDocument, body: str, slug: str) -> str:
        def replace_url(raw: str) -> str:
            url = raw.strip("<>")
            new = self._rewrite_url(document, url, slug)
            return raw if new == url else f"<{new}>" if set(new) & set(" ()") else new

        def change(part: str) -> str:
            part = _LINK.sub(lambda match: match[1] + replace_url(match[2]), part)
            part = _DEFINITION.sub(lambda match: match[1] + replace_url(match[2]), part)
            return _ATTRIBUTE.sub(
                lambda match: f"{match[1]}{match[2]}{self._rewrite_url(document, match[3], slug)}{match[2]}", part
            )

        return outside_code(body, change)

    def _rewrite_url(self, document: SourceDocument, url: str, slug: str) -> str:
        """Returns the new address of a link: of a post that moved, or of a file beside it, which moves too."""
        if self.kind == "pelican":
            url = convert_pelican_links(url)
        if url.startswith("#") or url.startswith("mailto:"):
            return url
        try:
            parts = urlsplit(url)
        except ValueError:
            return url
        if parts.scheme or parts.netloc:
            if parts.netloc != self.host or not self.host:
                return url
            url = url[url.index(parts.netloc) + len(parts.netloc) :] or "/"
            parts = urlsplit(url)
        rest = url[len(parts.path) :]
        path = unquote(parts.path)
        if path.startswith("/"):
            if self.base and path.startswith(self.base + "/"):
                path = path.removeprefix(self.base)
            target = self.targets.get(_normalize(path))
            if target:
                return target + rest
            return (quote_path(path) if path != unquote(parts.path) else parts.path) + rest
        return self._move_relative(document, path, slug, rest) or url

    def _move_relative(self, document: SourceDocument, path: str, slug: str, rest: str) -> str:
        """Returns the new address of a relative link, or an empty text if it leads to nothing that moves."""
        if not document.file or not path:
            return ""
        root = self.folder
        for base in (document.file.parent, root, root / "content", root / "static", root / "public"):
            file = (base / path).resolve()
            if file.is_file() and file.is_relative_to(root.resolve()):
                return self._move_file(file, slug) + rest
        if not path.lower().endswith((".md", ".mdx", ".markdown")):
            return ""
        name = slugify(re.sub(r"^\d{4}-\d{2}-\d{2}-|\.\w+$", "", path.rpartition("/")[2]))
        if name in self.slugs.values():
            return f"{name}.md{rest}"
        self.source.note(document.place, f"The link {path} leads to no document.")
        return f"/{path.rsplit('.', 1)[0].lstrip('./')}/{rest}"

    def _move_file(self, file: Path, slug: str) -> str:
        """Returns the new address of a file. One beside a document moves into `images`."""
        document = self.targets.get(f"file:{file.relative_to(self.folder.resolve()).as_posix()}")
        if document:
            return document
        for target, known in self.source.files.items():
            if known.resolve() == file:
                return "/" + quote_path(target.removeprefix("static/"))
        target, number = f"images/{slug}/{file.name}", 2
        while target in self.source.files:
            target, number = f"images/{slug}/{number}-{file.name}", number + 1
        self.source.files[target] = file
        return "/" + quote_path(target)

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
        for key, count in sorted(self.unknown_keys.items()):
            many = "1 document" if count == 1 else f"{count} documents"
            notes.append(Problem("front matter", 0, f"`{key}` of {many} has no counterpart and is left out."))
        return sorted(set(notes))


def _find_line(document: SourceDocument, text: str) -> int:
    position = document.body.find(text)
    return document.line + document.body.count("\n", 0, max(position, 0))


def _normalize(path: str) -> str:
    """Returns what the ways to write one address have in common."""
    text = unquote(urlsplit(path).path if "://" in path else path)
    return "/" + text.strip("/").removesuffix("/index.html").removesuffix(".html").lower()


def _clean(text: str) -> str:
    return FORBIDDEN.sub("", text)


def _guess_title(document: SourceDocument, slug: str) -> str:
    heading = re.match(r"\s*#\s+(.+?)\s*#*\s*\n", document.body)
    if heading:
        document.body = document.body[heading.end() :]
        return heading[1]
    return slug.replace("-", " ").capitalize()


def _read_long_date(text: str) -> str:
    """Returns a date such as `Jul 08 2022` or `8 July 2022` in ISO 8601, or an empty text."""
    from datetime import datetime

    for form in ("%b %d %Y", "%b %d, %Y", "%B %d %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%Y-%m-%d %H:%M"):
        try:
            return datetime.strptime(text.strip(), form).isoformat()  # noqa: DTZ007 - it has no time zone
        except ValueError:
            continue
    return ""


def _write_fields(head: dict[str, object]) -> str:
    lines = []
    for key, value in head.items():
        if isinstance(value, list):
            lines += [f"{key}:", *(f"  - {json.dumps(item, ensure_ascii=False)}" for item in value)]
        elif key in {"date", "updated", "draft"}:
            lines.append(f"{key}: {value}")
        else:
            lines.append(f"{key}: {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"
