"""Writes the front matter of an imported document: its dates, tags, picture and the addresses that it had."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime
from urllib.parse import unquote, urlsplit

from blog.addresses import RESERVED_NAMES
from blog.importing.documents import Fields, get_list, get_text
from blog.importing.rewrite_links import LinkRewriter
from blog.importing.sources import SourceDocument, SourceFolder
from blog.post_parser import FORBIDDEN, LANGUAGE_TAG, parse_post
from blog.slugs import is_too_long, slugify

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
    "lang",
    "language",
    "last_modified_at",
    "lastmod",
    "layout",
    "locale",
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


class FrontMatter:
    """The front matter of all documents of an import. It counts the redirects and the keys that have no counterpart."""

    def __init__(self, kind: str, source: SourceFolder, links: LinkRewriter) -> None:
        self.kind, self.source, self.links = kind, source, links
        self.redirects = 0
        self.unknown_keys: Counter[str] = Counter()
        self.aliases: set[str] = set()

    def build_fields(self, document: SourceDocument, slug: str, taken: set[str]) -> dict[str, object]:
        """Returns the front matter of a document. `taken` are the paths that no redirect may have."""
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
            "image": self.links.rewrite_url(document, image, slug) if image else "",
            "image_alt": get_text(lower, "image_alt", "imagealt", "cover.alt", "image.alt", "header.alt"),
            "language": self._read_language(document, lower),
            "aliases": self._list_aliases(document, slug, taken),
        }
        return {key: _clean(value) if isinstance(value, str) else value for key, value in head.items() if value}

    def _read_language(self, document: SourceDocument, fields: Fields) -> str:
        """Returns the language of a document if it is not that of its site."""
        language = (document.language or get_text(fields, "language", "lang", "locale")).replace("_", "-")
        is_own = language.lower() != self.source.settings.get("language", "").lower()
        return language if is_own and LANGUAGE_TAG.fullmatch(language) else ""

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
    for form in ("%b %d %Y", "%b %d, %Y", "%B %d %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%Y-%m-%d %H:%M"):
        try:
            return datetime.strptime(text.strip(), form).isoformat()  # noqa: DTZ007 - it has no time zone
        except ValueError:
            continue
    return ""


def write_fields(head: dict[str, object]) -> str:
    """Returns the fields as lines of YAML."""
    lines = []
    for key, value in head.items():
        if isinstance(value, list):
            lines += [f"{key}:", *(f"  - {json.dumps(item, ensure_ascii=False)}" for item in value)]
        elif key in {"date", "updated", "draft"}:
            lines.append(f"{key}: {value}")
        else:
            lines.append(f"{key}: {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"
