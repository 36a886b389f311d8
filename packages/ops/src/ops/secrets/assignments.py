"""Values given to a secret's name in any language: `DB_PASSWORD=…`, `"token": "…"`, `ENV API_KEY …`."""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

ASSIGNED = "assigned-secret"
SHORTEST_RANDOM = 16
SHORTEST_PASSWORD = 8

_NAME = re.compile(
    rb"secret|token|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key|sealing[_-]?key|synthetic[_-]?key"
    rb"|encryption[_-]?key|auth[_-]?key|account[_-]?key|credential|identity|authorization|bearer|_dsn"
    rb"|(?P<password>pwd|pass(?:w|phrase|(?![a-z])))"
)
_VALUE = re.compile(
    rb"(?P<suffix>[\w-]{0,40})(?:\\?[\"'\]]){0,2}"
    # Kubernetes, compose and Terraform write the name and the value as two entries.
    rb"(?:[\s,]{1,40}[\"']?value[\"']?[ \t]*:|[ \t]*\{[^{}]{0,200}?\bdefault[ \t]*="
    rb"|[ \t]{0,8}(?P<sign>=>|:=|==|=|:|>|[ \t]))"
    rb"[ \t]{0,8}(?:(?i:bearer|basic)[ \t]+)?(?P<quote>\\?[\"'`])?"
    rb"(?P<secret>[^\s\"'`,;<>(){}\[\]|\\]{%d,512})(?P<call>[(\[]?)" % SHORTEST_PASSWORD
)
# The rest of a name such as `password_file`, whose value is no password.
_NOT_A_PASSWORD = re.compile(
    rb"(?i)file|path|hash|algo|len|min|max|polic|reset|field|label|hint|name|url|uri|manager|rule|pattern|expir|age$|id$"
)
# `bypass` and `compass`, but not the `requirepass` of Redis.
_OTHER_WORD = re.compile(rb"(?i)(?<!require)(?<=[a-z])pass[^a-z]")
# What stands before a password that a blank separates: Dockerfile, .netrc, redis.conf, an option.
_ARGUMENT = re.compile(rb"(?i)(?:(?:^|\n)[ \t]*(?:ENV[ \t]+\w*|require)?|\blogin[ \t]+\S+[ \t]+|(?P<option>--[\w-]*))$")
_LINE_END = re.compile(rb"[ \t]*(?:#[^\n]*|//[^\n]*)?\r?(?:\n|$)")
# A word, `settings.db2`, a path, an address or a version: no password that a person chose.
_IDENTIFIER = re.compile(rb"[A-Za-z_.:-]+|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|\.{0,2}/.*|.*://.*|@.*|[vV]?\d[\d.]+\w*")

_HEX = re.compile(rb"[0-9a-f]{32,}|[0-9A-F]{32,}")
_UUID = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_PLACEHOLDER = re.compile(
    rb"(?i)example|placeholder|change-?_?me|your|replace|dummy|redacted|xxxx|sample|password|passwd|\*\*\*|\.\.\."
    rb"|\xe2\x80\xa6|[{}<>]|^\$|%(?![0-9a-f]{2})"
)
_KINDS = bytes.maketrans((string.digits + string.ascii_letters).encode(), b"0" * 10 + b"a" * 26 + b"A" * 26)
_OTHER_BYTES = bytes(set(range(256)) - set((string.digits + string.ascii_letters).encode()))
_WORDS = frozenset(b"pass pwd pw secret user username token key test postgres root admin guest none word".split())


def find_assignments(text: bytes) -> Iterator[tuple[int, int]]:
    """Yields the start and end of each assigned secret, twice if its name holds two of the words."""
    # A case-sensitive pattern on lowered text is several times faster.
    for name in _NAME.finditer(text.lower()):
        match = _VALUE.match(text, name.end())
        if match and not match["call"] and not is_placeholder(value := match["secret"]):
            human = name["password"] and is_password(value)
            if is_random(value) or (human and _is_assigned(text, name.start(), match)):
                yield match.span("secret")


def is_placeholder(value: bytes) -> bool:
    """Returns whether a value only marks a place: a variable, a mask, a word such as `password`."""
    return value.lower() in _WORDS or _PLACEHOLDER.search(value) is not None


def is_password(value: bytes) -> bool:
    """Returns whether a person could have chosen the value as a password: letters with digits or signs."""
    has_letter = re.search(rb"[A-Za-z]", value) is not None
    return has_letter and len(value) >= SHORTEST_PASSWORD and not _IDENTIFIER.fullmatch(value)


def is_random(value: bytes) -> bool:
    """Returns whether a value is hexadecimal digits, a UUID, or letters and digits in disorder; at least 16."""
    if _UUID.fullmatch(value):
        return len(set(value)) > 6
    return measure_entropy(value) >= 3.0 if _HEX.fullmatch(value) else is_mixed(value)


def is_mixed(value: bytes, *, least: float = 0.0) -> bool:
    """Returns whether capitals, small letters and digits follow one another at random, and not as in words.

    `least` is the share of neighbors of another kind that is enough where there is a digit.
    """
    kinds = value.translate(_KINDS, _OTHER_BYTES)
    if len(kinds) < SHORTEST_RANDOM:
        return False
    changes = sum(one != other for one, other in pairwise(kinds)) / (len(kinds) - 1)
    # Names in camel case change less often than random letters do.
    usual = 0.38 if b"a" in kinds and b"A" in kinds else 0.25
    return changes >= ((least or usual) if b"0" in kinds else 0.42) and measure_entropy(value) >= 3.2


def measure_entropy(value: bytes) -> float:
    """Returns the Shannon entropy in bits for each byte."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)


def _is_assigned(text: bytes, start: int, match: re.Match[bytes]) -> bool:
    """Returns whether a password's name and sign fit a value that is shorter or plainer than a random one."""
    if _NOT_A_PASSWORD.search(match["suffix"]) or _OTHER_WORD.search(text, max(0, start - 8), match.start("secret")):
        return False
    sign = (match["sign"] or b"=").strip()
    if not sign:
        argument = _ARGUMENT.search(text, max(0, start - 80), start)
        if argument is None or argument["option"]:
            return argument is not None
        if not argument[0].strip() and text[start : start + 5].lower() != b"passw":
            return False  # the verb
    # Prose goes on after a colon or a blank, and a file of settings does not.
    return sign not in (b":", b"") or bool(match["quote"]) or _LINE_END.match(text, match.end()) is not None
