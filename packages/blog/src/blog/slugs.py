"""Names that live in addresses."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SPOKEN = str.maketrans(
    {"+": " plus ", "#": " sharp ", "&": " and ", "ß": "ss", "đ": "d", "ø": "o", "ł": "l", "ı": "i"}
)


_APART = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=4096)
def slugify(text: str) -> str:
    """Lower case, accents dropped, everything but letters and digits a single hyphen.

    Letters of other scripts stay as they are, so a Japanese title keeps its words. Empty when nothing is left.
    """
    lowered = text.lower().translate(_SPOKEN)
    if lowered.isascii():
        return _APART.sub("-", lowered).strip("-")
    plain = unicodedata.normalize("NFKD", lowered)
    kept = "".join(c if c.isalnum() else "-" for c in plain if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", "-".join(part for part in kept.split("-") if part))


def in_address(path: str) -> str:
    """The path with everything percent-encoded that an address may not hold."""
    if path.isascii() and " " not in path:
        return path
    from urllib.parse import quote

    return quote(path, safe="/#?&=%:;,+@!$'()*~")
