"""Something random that is given to a name such as `secret`, `token` or `api_key`, whatever the language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ops.secrets.randomness import LEAST, looks_random, placeholder

NAME = "assigned-secret"
_WORD = re.compile(
    rb"secret|passw|passphrase|token|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key|sealing[_-]?key"
    rb"|synthetic[_-]?key|encryption[_-]?key|auth[_-]?key|account[_-]?key|credential|identity|bearer|_dsn"
)
_GIVEN = re.compile(
    rb"[\w-]{0,40}[\"'\]]{0,2}[ \t]{0,8}(?:=>|:=|==|=|:|[ \t])[ \t]{0,8}(?:Bearer[ \t]+)?[\"'`]?"
    rb"(?P<secret>[^\s\"'`,;<>(){}\[\]|\\]{%d,512})" % LEAST
)


class Assigned(NamedTuple):
    start: int
    end: int


def found(text: bytes) -> Iterator[Assigned]:
    """Where each begins and ends. A value is told of once, though its name hold two of the words."""
    seen = -1
    # Small letters first: a pattern that minds no case is several times slower.
    for word in _WORD.finditer(text.lower()):
        given = _GIVEN.match(text, word.end())
        if given is None or given.start("secret") == seen:
            continue
        seen = given.start("secret")
        value = given["secret"]
        if not placeholder(value) and looks_random(value):
            yield Assigned(*given.span("secret"))
