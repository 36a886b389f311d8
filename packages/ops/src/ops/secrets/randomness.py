"""Does a value look as if chance had made it? Then nobody wrote it for people to read."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

LEAST = 16
_HEX = re.compile(rb"[0-9a-f]{32,}|[0-9A-F]{32,}")
_UUID = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_PLACEHOLDER = re.compile(
    rb"(?i)example|placeholder|change-?_?me|your|replace|dummy|redacted|xxxx|sample|\*\*\*|\.\.\.|\xe2\x80\xa6|[${}<>%]"
)
_WORDS = frozenset(b"password passwd pass pwd pw secret user username token key test postgres root admin none".split())


def placeholder(value: bytes) -> bool:
    """Stands for a value, and is none: a variable, a mask, a word such as `password`."""
    return value.lower() in _WORDS or _PLACEHOLDER.search(value) is not None


def mixed(value: bytes) -> bool:
    """Capitals, small letters and digits follow one another as chance has it, and not as words do."""
    kinds = [_kind(letter) for letter in value if _kind(letter)]
    if len(kinds) < LEAST or b"d" not in b"".join(kinds):
        return False
    changes = sum(one != other for one, other in pairwise(kinds))
    return changes / (len(kinds) - 1) >= 0.25 and entropy(value) >= 3.2


def looks_random(value: bytes) -> bool:
    """Hexadecimal digits, a UUID, or letters and digits in disorder; at least 16 of them."""
    if _UUID.fullmatch(value):
        return len(set(value)) > 6
    if _HEX.fullmatch(value):
        return entropy(value) >= 3.0
    return mixed(value)


def entropy(value: bytes) -> float:
    """Bits for each byte, by how often each occurs (Shannon)."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)


def _kind(letter: int) -> bytes:
    if 48 <= letter <= 57:
        return b"d"
    if 97 <= letter <= 122:
        return b"a"
    return b"A" if 65 <= letter <= 90 else b""
