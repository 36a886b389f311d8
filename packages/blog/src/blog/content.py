"""Posts and pages as their authors wrote them: Markdown files with front matter, checked."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from blog.faults import Fault
from blog.frontmatter import Entry, Unreadable, read, split
from blog.post import Post, stamp
from blog.slugs import slugify

KEYS = ("title", "description", "date", "updated", "tags", "author", "draft", "image", "image_alt", "slug", "aliases")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}-(?=.)")
_TRUTH = {"true": True, "yes": True, "false": False, "no": False, "": False}


def parse(file: str, text: str, *, dated: bool = True) -> tuple[Post | None, str, list[Fault]]:
    """The post, its Markdown, and every fault found; the post is None as soon as there is one fault.

    `file` names the source in faults and, without a `slug` in the front matter, gives the slug.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    text = text.removeprefix("\ufeff")
    try:
        head, body, line = split(text)
        entries = read(head)
    except Unreadable as fault:
        return None, "", [Fault(file, fault.line, str(fault))]
    form = _Form(file, entries)
    stem = _DATED.sub("", file.rsplit("/", 1)[-1].removesuffix(".md"))
    given = form.text("slug")
    slug = slugify(given or stem)
    if given and given != slug:
        form.blame(
            "slug", f"`slug` must be ready for an address. Write `{slug}`." if slug else "`slug` has no letters."
        )
    elif not slug:
        form.blame("", "The file name gives no address. Add a `slug`.")
    title = form.text("title")
    if not title and not form.faults:
        form.blame("title", "`title` is missing. Every post needs one.")
    date = form.moment("date", required=dated)
    form.unknown()
    post = Post(
        file=file,
        slug=slug,
        title=title,
        description=form.text("description"),
        date=date,
        updated=form.moment("updated") or date,
        tags=form.words("tags"),
        author=form.text("author"),
        draft=form.truth("draft"),
        image=form.text("image"),
        image_alt=form.text("image_alt"),
        aliases=tuple(form.address(alias) for alias in form.words("aliases")),
        line=line,
    )
    for tag in post.tags:
        if not slugify(tag):
            form.blame("tags", f"The tag `{tag}` has no letters.")
    return (None if form.faults else post), body, form.faults


class _Form:
    """Reads typed values out of the entries and remembers what was wrong with them."""

    def __init__(self, file: str, entries: dict[str, Entry]) -> None:
        self.file = file
        self.entries = entries
        self.faults: list[Fault] = []

    def blame(self, key: str, words: str) -> None:
        self.faults.append(Fault(self.file, self.entries[key].line if key in self.entries else 1, words))

    def text(self, key: str) -> str:
        entry = self.entries.get(key)
        if entry is None:
            return ""
        if isinstance(entry.value, list):
            self.blame(key, f"`{key}` must be one text, not a list.")
            return ""
        return " ".join(entry.value.split())

    def words(self, key: str) -> tuple[str, ...]:
        entry = self.entries.get(key)
        if entry is None or not entry.value:
            return ()
        if isinstance(entry.value, str):
            self.blame(key, f"`{key}` must be a list, as in `{key}: [one, two]`.")
            return ()
        return tuple(dict.fromkeys(item.strip() for item in entry.value if item.strip()))

    def truth(self, key: str) -> bool:
        value = self.text(key).lower()
        if value not in _TRUTH:
            self.blame(key, f"`{key}` must be true or false.")
        return _TRUTH.get(value, False)

    def moment(self, key: str, *, required: bool = False) -> str:
        value = self.text(key)
        if not value:
            if required:
                self.blame(key, f"`{key}` is missing. Write it as `{key}: 2026-01-31`.")
            return ""
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.blame(key, f"`{key}` must be a date like 2026-01-31 or 2026-01-31T09:00:00Z, not `{value}`.")
            return ""
        return stamp(at if at.tzinfo else at.replace(tzinfo=UTC))

    def address(self, alias: str) -> str:
        clean = alias.strip("/")
        if not clean or any(part in {"", ".", ".."} for part in clean.split("/")) or ":" in clean:
            self.blame("aliases", f"`{alias}` is not a path on this site. Write it as `/old-name/`.")
        return clean

    def unknown(self) -> None:
        # A misspelt `draft` would publish the post, so no unknown key passes.
        for key in self.entries:
            if key not in KEYS:
                self.blame(key, f"`{key}` is not known here. Known are: {', '.join(KEYS)}.")
