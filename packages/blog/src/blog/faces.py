"""Finds a font for every letter of a social card.

The site's own face comes first, then fonts of the content folder, then Noto Sans from packages, then those of the
system.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_WEIGHT = 600
_PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")
_EXTENSIONS = (".ttf", ".otf", ".ttc", ".woff2", ".woff")
_OWN_FOLDERS: list[str] = []


def use_folder(folder: str) -> None:
    """Adds a folder whose fonts come before those of packages and of the system."""
    if os.path.isdir(folder) and folder not in _OWN_FOLDERS:
        _OWN_FOLDERS.append(folder)
        for function in (_list_faces, _find_face):
            function.cache_clear()


def split_runs(text: str) -> list[tuple[str, str]]:
    """Returns the text in runs of one face, each with the file of the face. Marks and spaces stay with their letter."""
    if text.isascii():
        return [(text, _list_faces()[0])]
    runs: list[tuple[str, str]] = []
    for letter in unicodedata.normalize("NFC", text):
        previous = runs[-1][1] if runs else ""
        keeps_face = not letter.strip() or unicodedata.category(letter)[0] in "MCPZS"
        face = previous if previous and keeps_face and _has_letter(previous, letter) else _find_face(letter) or previous
        face = face or _list_faces()[0]
        if runs and face == previous:
            runs[-1] = (runs[-1][0] + letter, face)
        else:
            runs.append((letter, face))
    return runs


def find_missing_letters(text: str) -> str:
    """Returns the letters that no font has, each once, with spaces between."""
    letters = dict.fromkeys(letter for letter in unicodedata.normalize("NFC", text) if not _is_in_display(letter))
    return " ".join(letter for letter in letters if not _is_invisible(letter) and not _find_face(letter))


def describe_faces(text: str) -> str:
    """Returns the names of the fonts that a text needs beside the site's own face, for cache keys."""
    if all(map(_is_in_display, text)):
        return ""
    return " ".join(dict.fromkeys(os.path.basename(face) for _, face in split_runs(text)))


def _is_in_display(letter: str) -> bool:
    """Returns whether the site's own face has the letter for sure, so that no font needs to be read."""
    return "\u0020" <= letter < "\u0180" or letter in "–—‘’“”…"


def is_right_to_left(text: str) -> bool:
    """Returns whether the first letter with a direction is written from right to left."""
    directions = (unicodedata.bidirectional(letter) for letter in text)
    return next((direction != "L" for direction in directions if direction in {"L", "R", "AL"}), False)


def measure(text: str, size: int) -> float:
    """Returns the width of a line in pixels."""
    return sum(load_face(face, size).getlength(run) for run, face in split_runs(text))


def load_display(size: int) -> FreeTypeFont:
    """Returns the site's own face."""
    return load_face(_list_faces()[0], size)


@cache
def load_face(file: str, size: int) -> FreeTypeFont:
    """Returns a face in a size. A variable one has the weight of a heading."""
    from PIL import ImageFont

    font = ImageFont.truetype(file, size)
    try:
        axes = font.get_variation_axes()
    except OSError:
        return font
    values: list[float] = []
    for axis in axes:
        default = axis["default"] or 0
        wanted = _WEIGHT if "eight" in str(axis["name"]) else default
        values.append(min(max(wanted, axis["minimum"] or 0), axis["maximum"] or wanted))
    font.set_variation_by_axes(values)
    return font


def _is_invisible(letter: str) -> bool:
    return not letter.strip() or unicodedata.category(letter) in {"Cf", "Cc", "Mn", "Me"}


@cache
def _find_face(letter: str) -> str:
    """Returns the first font that has the letter, or an empty text."""
    return next((face for face in _list_faces() if _has_letter(face, letter)), "")


@cache
def _has_letter(face: str, letter: str) -> bool:
    if _is_invisible(letter):
        return True
    try:
        font = load_face(face, 32)
        mask, blank = font.getmask(letter), font.getmask("\U0010fffe")
        return mask.getbbox() is not None and (mask.size, bytes(mask)) != (blank.size, bytes(blank))
    except (OSError, ValueError):
        return False


@cache
def _list_faces() -> list[str]:
    from shared import design

    own = [str(design.path("display.woff2")), str(design.path("display-ext.woff2"))]
    return list(
        dict.fromkeys([*own, *_iterate_fonts(_OWN_FOLDERS), *_iterate_packages(), *_iterate_fonts(_list_folders())])
    )


def _iterate_packages() -> Iterator[str]:
    for package in _PACKAGES:
        for folder in sys.path:
            path = Path(folder, package)
            if path.is_dir():
                fonts = sorted((file for file in path.iterdir() if file.suffix in _EXTENSIONS), key=_rank)
                yield from (str(file) for file in fonts)
                break


def _iterate_fonts(folders: list[str]) -> Iterator[str]:
    for folder in folders:
        files = (file for file in Path(folder).rglob("*") if file.suffix.lower() in _EXTENSIONS)
        yield from (str(file) for file in sorted(files, key=_rank))


def _rank(file: Path) -> tuple[bool, bool, bool, str]:
    """Sorts upright faces without serifs first, the bold ones before the others."""
    name = file.stem.lower()
    is_special = any(word in name for word in ("italic", "oblique", "mono", "condensed", "emoji", "math", "light"))
    return is_special, "serif" in name, "bold" not in name and "[" not in name, name


def _list_folders() -> list[str]:
    home = Path.home()
    folders = [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/System/Library/Fonts",
        "/Library/Fonts",
        str(home / "Library/Fonts"),
        str(home / ".local/share/fonts"),
        str(home / ".fonts"),
        "C:\\Windows\\Fonts",
    ]
    return [folder for folder in folders if os.path.isdir(folder)]
