"""Makes texts and paths ready for URLs."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_REPLACEMENTS = str.maketrans(
    {"+": " plus ", "#": " sharp ", "&": " and ", "ß": "ss", "đ": "d", "ø": "o", "ł": "l", "ı": "i"}
)
_SEPARATORS = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=4096)
def slugify(text: str) -> str:
    """Returns the text in lower case, without accents, with one hyphen for everything but letters and digits.

    Letters of other scripts stay, so a Japanese title keeps its words. The result may be empty.
    """
    lowered = text.lower().translate(_REPLACEMENTS)
    if lowered.isascii():
        return _SEPARATORS.sub("-", lowered).strip("-")
    decomposed = unicodedata.normalize("NFKD", lowered)
    hyphenated = "".join(c if c.isalnum() else "-" for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", "-".join(part for part in hyphenated.split("-") if part))


def quote_path(path: str) -> str:
    """Returns the path with every character percent-encoded that a URL does not allow (RFC 3986)."""
    if path.isascii() and " " not in path:
        return path
    from urllib.parse import quote

    return quote(path, safe="/#?&=%:;,+@!$'()*~")
