"""Parses a Markdown file with front matter into a post and reports every problem in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from blog.errors import Problem
from blog.front_matter import Entry, FrontMatterError, parse_entries, split_text
from blog.post import Post, format_timestamp
from blog.slugs import slugify

KEYS = ("title", "description", "date", "updated", "tags", "author", "draft", "image", "image_alt", "slug", "aliases")
_DATE_PREFIX = re.compile(r"\d{4}-\d{2}-\d{2}-(?=.)")
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False, "": False}


def parse_post(file: str, text: str, *, needs_date: bool = True) -> tuple[Post | None, str, list[Problem]]:
    """Returns the post, its Markdown and all problems. The post is None if there is a problem.

    `file` is named in the problems; it also gives the slug if the front matter has none.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    text = text.removeprefix("\ufeff")
    try:
        head, body, line = split_text(text)
        entries = parse_entries(head)
    except FrontMatterError as error:
        return None, "", [Problem(file, error.line, str(error))]
    reader = _EntryReader(file, entries)
    title = reader.read_text("title")
    slug = _read_slug(reader)
    if not title and not reader.problems:
        reader.add_problem("title", "`title` is missing. Every post needs one.")
    date = reader.read_date("date", required=needs_date)
    reader.reject_unknown_keys()
    post = Post(
        file=file,
        slug=slug,
        title=title,
        description=reader.read_text("description"),
        date=date,
        updated=reader.read_date("updated") or date,
        tags=reader.read_list("tags"),
        author=reader.read_text("author"),
        draft=reader.read_boolean("draft"),
        image=reader.read_text("image"),
        image_alt=reader.read_text("image_alt"),
        aliases=tuple(reader.read_alias(alias) for alias in reader.read_list("aliases")),
        line=line,
    )
    for tag in post.tags:
        if not slugify(tag):
            reader.add_problem("tags", f"The tag `{tag}` has no letters.")
    return (None if reader.problems else post), body, reader.problems


def _read_slug(reader: _EntryReader) -> str:
    explicit = reader.read_text("slug")
    slug = slugify(explicit or _DATE_PREFIX.sub("", reader.file.rsplit("/", 1)[-1].removesuffix(".md")))
    if explicit and explicit != slug:
        message = f"`slug` must be ready for a URL. Write `{slug}`." if slug else "`slug` has no letters."
        reader.add_problem("slug", message)
    elif not slug:
        reader.add_problem("", "The file name gives no URL. Add a `slug`.")
    return slug


class _EntryReader:
    """Reads typed values from the front matter and collects the problems."""

    def __init__(self, file: str, entries: dict[str, Entry]) -> None:
        self.file = file
        self.entries = entries
        self.problems: list[Problem] = []

    def add_problem(self, key: str, message: str) -> None:
        self.problems.append(Problem(self.file, self.entries[key].line if key in self.entries else 1, message))

    def read_text(self, key: str) -> str:
        entry = self.entries.get(key)
        if entry is None:
            return ""
        if isinstance(entry.value, list):
            self.add_problem(key, f"`{key}` must be one text, not a list.")
            return ""
        return " ".join(entry.value.split())

    def read_list(self, key: str) -> tuple[str, ...]:
        entry = self.entries.get(key)
        if entry is None or not entry.value:
            return ()
        if isinstance(entry.value, str):
            self.add_problem(key, f"`{key}` must be a list, such as `{key}: [one, two]`.")
            return ()
        return tuple(dict.fromkeys(item.strip() for item in entry.value if item.strip()))

    def read_boolean(self, key: str) -> bool:
        value = self.read_text(key).lower()
        if value not in _BOOLEANS:
            self.add_problem(key, f"`{key}` must be true or false.")
        return _BOOLEANS.get(value, False)

    def read_date(self, key: str, *, required: bool = False) -> str:
        value = self.read_text(key)
        if not value:
            if required:
                self.add_problem(key, f"`{key}` is missing. Write it as `{key}: 2026-01-31`.")
            return ""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.add_problem(key, f"`{key}` must be a date like 2026-01-31 or 2026-01-31T09:00:00Z, not `{value}`.")
            return ""
        return format_timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))

    def read_alias(self, alias: str) -> str:
        path = alias.strip("/")
        if not path or any(part in {"", ".", ".."} for part in path.split("/")) or ":" in path:
            self.add_problem("aliases", f"`{alias}` is not a path on this site. Write it as `/old-name/`.")
        return path

    def reject_unknown_keys(self) -> None:
        # A misspelled `draft` would publish the post, so every unknown key is an error.
        for key in self.entries:
            if key not in KEYS:
                self.add_problem(key, f"`{key}` is unknown. Known keys: {', '.join(KEYS)}.")
