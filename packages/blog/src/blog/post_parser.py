"""Parses a Markdown file with front matter into a post and reports every problem in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from blog.errors import Problem
from blog.front_matter import Entry, FrontMatterError, parse_entries, split_text
from blog.post import Post, format_local, format_timestamp
from blog.slugs import decode_url, is_too_long, slugify

if TYPE_CHECKING:
    from datetime import tzinfo

KEYS = (
    *("title", "description", "date", "updated", "tags", "author", "draft", "image", "image_alt", "slug", "aliases"),
    "language",
)
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_DATE_PREFIX = re.compile(r"\d{4}-\d{2}-\d{2}-(?=.)")
_EXTENSION = re.compile(r"\.(?:md|markdown)$", re.IGNORECASE)
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False, "": False}
_SPACED_OFFSET = re.compile(r" ([+-]\d{2}):?(\d{2})$")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 and with it every feed forbids, and halves of characters that no file can hold."""


_PLAIN_BYTES = bytes(byte for byte in range(256) if byte >= 0x20 or byte in b"\t\n\r")


class _Moment(NamedTuple):
    local: str
    utc: str


def parse_post(
    file: str, text: str, *, needs_date: bool = True, time_zone: str = "UTC"
) -> tuple[Post | None, str, list[Problem]]:
    """Returns the post, its Markdown and all problems.

    A post with problems is returned as far as it is readable; it is None if the front matter is not. `file` is named in
    the problems; it also gives the slug if the front matter has none. Dates without an offset are in `time_zone`.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.removeprefix("\ufeff")
    forbidden = _find_forbidden(file, text)
    try:
        head, body, line = split_text(text)
        entries = parse_entries(head)
    except FrontMatterError as error:
        return None, "", [Problem(file, error.line, str(error)), *forbidden]
    reader = _EntryReader(file, entries, time_zone)
    reader.problems += forbidden
    for key, found in entries.items():
        if key in KEYS or not key.isprintable():
            reader.problems += [Problem(file, number, message) for number, message in found.errors]
    title = reader.read_text("title")
    entry = entries.get("title")
    if not title and not (entry and (entry.errors or isinstance(entry.value, list))):
        reader.add_problem("title", "`title` is missing. Every post needs one.")
    slug = _read_slug(reader)
    date = reader.read_date("date", required=needs_date)
    updated = reader.read_date("updated") or date
    reader.reject_unknown_keys()
    post = Post(
        file=file,
        slug=slug,
        title=title,
        description=reader.read_text("description"),
        date=date.local if date else "",
        updated=updated.local if updated else "",
        published_at=date.utc if date else "",
        updated_at=updated.utc if updated else "",
        tags=reader.read_list("tags"),
        author=reader.read_text("author"),
        draft=reader.read_boolean("draft"),
        image=reader.read_text("image"),
        image_alt=reader.read_text("image_alt"),
        aliases=reader.read_aliases("aliases"),
        language=reader.read_language("language"),
        line=line,
    )
    for tag in post.tags:
        tag_slug = slugify(tag)
        if not tag_slug:
            reader.add_problem("tags", f"The tag `{tag}` has no letters.", tag)
        elif is_too_long(tag_slug):
            reader.add_problem("tags", f"The tag `{tag[:40]}…` is too long for a file name. Shorten it.", tag)
    return post, body, reader.problems


def name_slug_source(file: str) -> str:
    """Returns the part of a file's path that gives its slug: the folder of an `index.md`, else the file name."""
    folder, _, name = file.rpartition("/")
    stem = _EXTENSION.sub("", name)
    return folder.rpartition("/")[2] if stem.lower() == "index" and "/" in folder else stem


def _find_forbidden(file: str, text: str) -> list[Problem]:
    data = text.encode(errors="surrogatepass")
    # This look at the bytes is many times faster than the search, and finds nothing in almost all texts.
    if not data.translate(None, _PLAIN_BYTES) and b"\xef\xbf" not in data:
        return []
    problems = []
    for match in FORBIDDEN.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        message = f"The control character U+{ord(match[0]):04X} cannot be published. Remove it."
        problems.append(Problem(file, line, message))
    return problems


def _read_slug(reader: _EntryReader) -> str:
    explicit = reader.read_text("slug")
    slug = slugify(explicit or _DATE_PREFIX.sub("", name_slug_source(reader.file)))
    if explicit and explicit != slug:
        message = f"`slug` must be ready for a URL. Write `{slug}`." if slug else "`slug` has no letters."
        reader.add_problem("slug", message)
    elif not slug:
        reader.add_problem("", "The file name gives no URL. Add a `slug`.")
    elif is_too_long(slug):
        reader.add_problem(
            "slug" if explicit else "", f"The slug `{slug[:30]}…` is too long for a file name. Add a shorter `slug`."
        )
    return slug


@cache
def load_time_zone(name: str) -> tzinfo:
    """Returns a time zone by its name in the IANA database. Raises `ValueError` if there is none."""
    if name in {"", "UTC", "Etc/UTC"}:
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        message = f"`{name}` is not a time zone. Write one like `Europe/Bucharest` or `UTC`."
        raise ValueError(message) from error


class _EntryReader:
    """Reads typed values from the front matter and collects the problems."""

    def __init__(self, file: str, entries: dict[str, Entry], time_zone: str) -> None:
        self.file = file
        self.entries = entries
        self.time_zone = time_zone
        self.problems: list[Problem] = []

    def add_problem(self, key: str, message: str, item: str = "") -> None:
        """Adds a problem with the line of the key, or with that of the list's item."""
        entry = self.entries.get(key)
        line = entry.line if entry else 1
        if entry and entry.item_lines and isinstance(entry.value, list):
            line = next(
                (n for text, n in zip(entry.value, entry.item_lines, strict=False) if text.strip() == item), line
            )
        self.problems.append(Problem(self.file, line, message))

    def read_text(self, key: str) -> str:
        entry = self.entries.get(key)
        if entry is None:
            return ""
        if isinstance(entry.value, list):
            self.add_problem(key, f"`{key}` must be one text, not a list.")
            return ""
        return self._check_text(key, " ".join(entry.value.split()))

    def _check_text(self, key: str, text: str) -> str:
        # An escape in a quoted text can hold a character that the file itself does not.
        if not text.isprintable() and (match := FORBIDDEN.search(text)):
            message = f"`{key}` has the control character U+{ord(match[0]):04X}. Remove it."
            problem = Problem(self.file, self.entries[key].line, message)
            if not any(other.line == problem.line for other in self.problems):
                self.problems.append(problem)
            return FORBIDDEN.sub("", text)
        return text

    def read_list(self, key: str) -> tuple[str, ...]:
        entry = self.entries.get(key)
        if entry is None or not entry.value:
            return ()
        if isinstance(entry.value, str):
            self.add_problem(key, f"`{key}` must be a list, such as `{key}: [one, two]`.")
            return ()
        texts = (self._check_text(key, " ".join(item.split())) for item in entry.value)
        return tuple(dict.fromkeys(text for text in texts if text))

    def read_boolean(self, key: str) -> bool:
        value = self.read_text(key).lower()
        if value not in _BOOLEANS:
            self.add_problem(key, f"`{key}` must be true or false.")
        return _BOOLEANS.get(value, False)

    def read_date(self, key: str, *, required: bool = False) -> _Moment | None:
        value = self.read_text(key)
        if not value:
            if required and not (key in self.entries and self.entries[key].errors):
                self.add_problem(key, f"`{key}` is missing. Write it as `{key}: 2026-01-31`.")
            return None
        try:
            moment = datetime.fromisoformat(_SPACED_OFFSET.sub(r"\1:\2", value))
        except ValueError:
            self.add_problem(key, f"`{key}` must be a date like 2026-01-31 or 2026-01-31T09:00:00Z, not `{value}`.")
            return None
        try:
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=load_time_zone(self.time_zone))
            return _Moment(format_local(moment), format_timestamp(moment))
        except OverflowError:
            self.add_problem(key, f"`{key}` is outside of the years 1 to 9999 in UTC: `{value}`.")
            return None

    def read_aliases(self, key: str) -> tuple[str, ...]:
        """Returns the paths without their slashes at both ends."""
        return tuple(dict.fromkeys(self._read_alias(key, alias) for alias in self.read_list(key)))

    def _read_alias(self, key: str, alias: str) -> str:
        path = decode_url(alias).strip("/")
        if not path or any(part in {"", ".", ".."} for part in path.split("/")) or set(path) & set(':?#\\<>"'):
            self.add_problem(key, f"`{alias}` is not a path on this site. Write it as `/old-name/`.", alias)
        elif FORBIDDEN.search(path):
            self.add_problem(key, f"`{alias}` has a control character. Remove it.", alias)
        elif is_too_long(path):
            self.add_problem(key, f"`{alias[:40]}…` is too long for a file name.", alias)
        return path

    def read_language(self, key: str) -> str:
        value = self.read_text(key)
        if value and not LANGUAGE_TAG.fullmatch(value):
            self.add_problem(key, f"`{key}` must be a language tag, such as en or pt-BR, not `{value}`.")
            return ""
        return value

    def reject_unknown_keys(self) -> None:
        # A misspelled `draft` would publish the post, so every unknown key is an error.
        for key in self.entries:
            if key not in KEYS and key.isprintable():
                self.add_problem(key, f"`{key}` is unknown. Known keys: {', '.join(KEYS)}.")
