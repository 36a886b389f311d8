"""Leads the links of a document to where the posts, pages and files are after the import."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from blog.importing.markup import convert_pelican_links, outside_code
from blog.importing.new_addresses import NewAddresses, normalize_path
from blog.importing.sources import SourceDocument, SourceFolder
from blog.slugs import quote_path, slugify

_LINK = re.compile(r"(!?\[(?:[^\[\]\\]|\\.|\[[^\]]*\])*\]\(\s*)(<[^<>\n]*>|[^\s()<>]+(?:\([^\s()]*\)[^\s()]*)*)")
_DEFINITION = re.compile(r"^( {0,3}\[[^\]\n]+\]:\s*)(<[^<>\n]*>|\S+)", re.M)
_ATTRIBUTE = re.compile(r"""(\b(?:src|href|poster)=)(["'])(.*?)\2""")


class LinkRewriter:
    """Follows links within one folder of another generator. A file that a document names moves with it."""

    def __init__(self, kind: str, folder: Path, source: SourceFolder, addresses: NewAddresses) -> None:
        self.kind, self.folder, self.source, self.addresses = kind, folder, source, addresses
        url = urlsplit(source.settings.get("url", ""))
        self.host, self.base = url.netloc, url.path.rstrip("/")

    def rewrite_links(self, document: SourceDocument, body: str, slug: str) -> str:
        """Returns the Markdown of a document with the new addresses in its links."""

        def replace_url(raw: str) -> str:
            url = raw.strip("<>")
            new = self.rewrite_url(document, url, slug)
            return raw if new == url else f"<{new}>" if set(new) & set(" ()") else new

        def change(part: str) -> str:
            part = _LINK.sub(lambda match: match[1] + replace_url(match[2]), part)
            part = _DEFINITION.sub(lambda match: match[1] + replace_url(match[2]), part)
            return _ATTRIBUTE.sub(
                lambda match: f"{match[1]}{match[2]}{self.rewrite_url(document, match[3], slug)}{match[2]}", part
            )

        return outside_code(body, change)

    def rewrite_url(self, document: SourceDocument, url: str, slug: str) -> str:
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
            target = self.addresses.targets.get(normalize_path(path))
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
        if name in self.addresses.slugs:
            return f"{name}.md{rest}"
        self.source.note(document.place, f"The link {path} leads to no document.")
        return f"/{path.rsplit('.', 1)[0].lstrip('./')}/{rest}"

    def _move_file(self, file: Path, slug: str) -> str:
        """Returns the new address of a file. One beside a document moves into `images`."""
        document = self.addresses.targets.get(f"file:{file.relative_to(self.folder.resolve()).as_posix()}")
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
