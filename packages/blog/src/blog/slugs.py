"""Makes texts and paths ready for URLs."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_REPLACEMENTS = str.maketrans(
    {"+": " plus ", "#": " sharp ", "&": " and ", "ß": "ss", "đ": "d", "ø": "o", "ł": "l", "ı": "i", "æ": "ae"}
)
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_UNSAFE = re.compile(r"[^A-Za-z0-9/._~!$&'()*+,;=:@-]")
_JOINERS = {"\u200c", "\u200d"}

MAX_NAME_BYTES = 200
"""A longer part of a path may not fit a file system: most allow 255 bytes, and copies of images get an ending."""


@lru_cache(maxsize=4096)
def slugify(text: str) -> str:
    """Returns the text in lower case, with one hyphen for everything but letters and digits.

    Latin letters lose their accents. Letters of other scripts keep their marks, because a mark there makes another
    letter: й is not и, and ガ is not カ. The result may be empty.
    """
    lowered = unicodedata.normalize("NFC", text.lower()).translate(_REPLACEMENTS)
    if lowered.isascii():
        return _SEPARATORS.sub("-", lowered).strip("-")
    letters: list[str] = []
    for character in lowered:
        if character in _JOINERS:
            continue
        is_mark = unicodedata.category(character).startswith("M")
        if is_mark:
            # A mark of a Latin letter is dropped, as its accents are. All others belong to the letter before.
            if letters and letters[-1] != "-" and not letters[-1].isascii():
                letters.append(character)
            continue
        base = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
        is_latin = base.isascii() and base.isalnum()
        letters.append(base.lower() if is_latin else character if character.isalnum() else "-")
    words = "".join(letters).split("-")
    return unicodedata.normalize("NFC", "-".join(word for word in words if word))


def shorten_slug(slug: str, limit: int = 80) -> str:
    """Returns the slug with as many whole words as fit into `limit` bytes. A longer first word is cut."""
    if len(slug.encode()) <= limit:
        return slug
    cut = slug.encode()[: limit + 1].decode(errors="ignore")
    return cut.rpartition("-")[0] or cut[:-1]


def is_too_long(path: str) -> bool:
    """Returns whether a part of the path has more bytes than file systems allow for a name."""
    return len(path) * 4 > MAX_NAME_BYTES and any(len(part.encode()) > MAX_NAME_BYTES for part in path.split("/"))


def quote_path(path: str) -> str:
    """Returns a path of file names with every character percent-encoded that a URL path does not allow (RFC 3986)."""
    if not _UNSAFE.search(path):
        return path
    from urllib.parse import quote

    return quote(path, safe="/~!$&'()*+,;=:@")


def decode_url(url: str) -> str:
    """Returns a URL percent-decoded and in the normal form of Unicode, so that equal names compare equal."""
    if "%" in url:
        from urllib.parse import unquote

        url = unquote(url)
    return url if url.isascii() else unicodedata.normalize("NFC", url)
