"""Keys that programs know a thing by. They never change, whatever people call the thing later."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container


def make_key(name: str, noun: str, taken: Container[str]) -> str:
    """A key from the letters of `name` that is not `taken`; from the `noun` where it begins with none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:34]
    base = base if base[:1].isalpha() else f"{noun}_{base}".rstrip("_")
    return next(key for key in (base, *(f"{base}_{number}" for number in range(2, 1000))) if key not in taken)
