"""The words of the interface in the language of the site, from one file for each language.

A content folder may have its own in `theme/strings/<language>.toml`. What a file lacks is shown in English.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Mapping
from functools import cache

from blog.errors import BuildError, Problem

BUILTIN_FOLDER = os.path.join(os.path.dirname(__file__), "theme", "strings")

_RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "ha-arab", "he", "ks", "ku-arab", "ps", "sd", "syr", "ug", "ur", "yi"}
_RIGHT_TO_LEFT_SCRIPTS = {"arab", "hebr", "syrc", "thaa", "nkoo", "adlm"}


def _read(file: str) -> dict[str, str]:
    """Returns the lines `name = "text"` of a file. They are TOML, but its parser would take longer than the build.

    Raises `BuildError` for another line.
    """
    strings: dict[str, str] = {}
    with open(file, encoding="utf-8-sig") as handle:
        for number, line in enumerate(handle, 1):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            name, _, value = text.partition("=")
            try:
                strings[name.strip()] = json.loads(value)
            except ValueError:
                raise BuildError([Problem(file, number, 'A line must look like `name = "text"`.')]) from None
    return strings


ENGLISH: Mapping[str, str] = _read(f"{BUILTIN_FOLDER}/en.toml")


@cache
def load_strings(language: str, folder: str = "") -> Mapping[str, str]:
    """Returns the words for a language tag. The file of `pt-BR` comes before that of `pt`."""
    names = list(dict.fromkeys([language.lower(), language.lower().split("-")[0]]))
    strings = dict(ENGLISH)
    for base in (BUILTIN_FOLDER, folder):
        for name in reversed(names):
            file = f"{base}/{name}.toml"
            if not base or not os.path.isfile(file):
                continue
            own = _read(file)
            unknown = sorted(own.keys() - ENGLISH.keys())
            if unknown:
                known = ", ".join(ENGLISH)
                raise BuildError([Problem(file, 0, f"`{unknown[0]}` is unknown. Known words: {known}.")])
            strings.update(own)
    return strings


def has_strings(language: str, folder: str = "") -> bool:
    """Returns whether there is a file for the language."""
    names = {language.lower(), language.lower().split("-")[0]}
    return any(os.path.isfile(f"{base}/{name}.toml") for base in (BUILTIN_FOLDER, folder) if base for name in names)


@cache
def get_direction(language: str) -> str:
    """Returns `rtl` for a language that is written from right to left, else `ltr`."""
    parts = language.lower().split("-")
    scripts = [part for part in parts[1:] if len(part) == 4 and part.isalpha()]
    if scripts:
        return "rtl" if scripts[0] in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if parts[0] in _RIGHT_TO_LEFT else "ltr"


def find_direction(text: str) -> str:
    """Returns `rtl` or `ltr`, the direction of most letters of a text, or an empty text if it has no letters."""
    if text.isascii():
        return "ltr" if any(letter.isalpha() for letter in text) else ""
    kinds = [unicodedata.bidirectional(letter) for letter in text]
    to_left, to_right = kinds.count("R") + kinds.count("AL"), kinds.count("L")
    return ("rtl" if to_left > to_right else "ltr") if to_left or to_right else ""


def find_text_language(text: str, language: str, site_language: str) -> tuple[str, str]:
    """Returns the values of `lang` and `dir` for a text on a page of the site. Either is empty if it is the site's.

    `language` is that of the text. If it is unknown, the letters give the direction.
    """
    site_direction = get_direction(site_language)
    if not language:
        if site_direction == "ltr" and text.isascii():
            return "", ""
        direction = find_direction(text) or site_direction
        return "", "" if direction == site_direction else direction
    direction = get_direction(language)
    is_same = language.lower() == site_language.lower()
    return "" if is_same else language, "" if direction == site_direction else direction


def format_day(timestamp: str, strings: Mapping[str, str]) -> str:
    """Returns the day of a timestamp for readers, such as `3 Nov 2026`."""
    if not timestamp:
        return ""
    months = strings["months"].split("|")
    values = {
        "day": str(int(timestamp[8:10])),
        "month": months[int(timestamp[5:7]) - 1],
        "year": timestamp[:4].lstrip("0"),
    }
    return fill(strings["day"], **values)


def fill(text: str, **values: object) -> str:
    """Returns the text with its `{names}` filled in."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def choose(strings: Mapping[str, str], name: str, count: int) -> str:
    """Returns the text for a number of things: `name_one` for one, else `name`."""
    return fill(strings[f"{name}_one" if count == 1 else name], count=count)
