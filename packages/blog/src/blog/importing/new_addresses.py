"""Gives every document of another generator its new address, before any link is followed."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from blog.addresses import RESERVED_NAMES
from blog.importing.documents import get_list, get_text
from blog.importing.sources import SourceDocument, SourceFolder
from blog.slugs import shorten_slug, slugify


class NewAddresses:
    """`slugs` are the new names in the order of the documents. `targets` maps what leads to a document to its link."""

    def __init__(self, source: SourceFolder) -> None:
        self.source = source
        self.slugs: list[str] = []
        self.targets: dict[str, str] = {}
        for document in source.documents:
            slug = self._choose_slug(document)
            self.slugs.append(slug)
            for path in (*document.old_paths, *get_list(document.fields, "aliases", "redirect_from")):
                self.targets.setdefault(normalize_path(path), f"/{slug}/" if document.is_page else f"/posts/{slug}/")
            if document.file:
                self.targets.setdefault(f"file:{document.place}", f"{slug}.md")

    def _choose_slug(self, document: SourceDocument) -> str:
        explicit = get_text(document.fields, "slug").rstrip("/").rpartition("/")[2]
        last = normalize_path(document.old_paths[0]).rpartition("/")[2] if document.old_paths else ""
        title = get_text(document.fields, "title")
        base = slugify(explicit) or slugify(unquote(last)) or slugify(title) or "post"
        base = shorten_slug(base, 150)
        if base in RESERVED_NAMES:
            self.source.note(
                document.place, f"`{base}` is reserved for {RESERVED_NAMES[base]}, so the post is `{base}-post`."
            )
            base += "-post"
        slug, number = base, 2
        while slug in self.slugs:
            slug, number = f"{base}-{number}", number + 1
        if slug != base:
            self.source.note(document.place, f"Another post is `{base}`, so this one is `{slug}`.")
        return slug


def normalize_path(path: str) -> str:
    """Returns what the ways to write one address have in common."""
    text = unquote(urlsplit(path).path if "://" in path else path)
    return "/" + text.strip("/").removesuffix("/index.html").removesuffix(".html").lower()
