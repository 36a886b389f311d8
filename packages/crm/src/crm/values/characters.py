"""Invisible characters, and text on one line such as a name."""

from __future__ import annotations

import re
import unicodedata

# Characters that show nothing although Unicode counts them as letters, marks or symbols (Default_Ignorable_Code_Point
# and the blank Braille pattern).
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_JOINERS = "\u200c\u200d"
"""Persian, Indic scripts and emoji need these inside a word."""


def has_visible_character(text: str) -> bool:
    """Whether `text` shows a letter, digit, punctuation mark or symbol."""
    if text.isascii():
        return any("!" <= letter <= "~" for letter in text)
    return any(unicodedata.category(letter)[0] in "LNPS" and not _BLANK.match(letter) for letter in text)


def remove_format_characters(text: str) -> str:
    """`text` without control characters, format characters and blank letters."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cf") and not _BLANK.match(letter)
    )


def clean_line(text: str) -> str:
    """A name or other text on one line: composed letters, single spaces, and no control or direction characters."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    words = text.split()
    if not text.isascii() or not text.isprintable():
        words = ["".join(letter for letter in word if _belongs_in_name(letter)) for word in words]
    line = " ".join(filter(None, words))
    return line if has_visible_character(line) else ""


def make_comparable(text: str) -> str:
    """A form in which two texts that look alike are equal, in whatever way they were typed."""
    plain = remove_format_characters(" ".join(unicodedata.normalize("NFKC", text).split()))
    return " ".join(unicodedata.normalize("NFKC", plain.casefold()).split())


def _belongs_in_name(letter: str) -> bool:
    return letter in _JOINERS or unicodedata.category(letter) not in ("Cc", "Cf")
