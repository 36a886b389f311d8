"""Figures that a paper quotes are carried over to what was measured last.

A quotation is a Markdown link to the file that has the figure, whose title is a part of the line it stands on:
`[0.80 s](../benchmarks/RESULTS.md "Boot to healthy")`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


class Place(NamedTuple):
    """Where a figure stands: chapter, which of its lines that hold the title, which number of that line."""

    chapter: str
    line: int
    number: int


def update_quotes(paper: str, source: Path, before: str, after: str) -> str:
    """`paper` with what it quotes of `source`, whose text was `before`, as it is in `after`.

    A figure whose place is no more stays as it is; the tests of the paper then tell.
    """

    def renew(found: re.Match[str]) -> str:
        shown, link, title = found.groups()
        number = _NUMBER.search(shown)
        place = number and _find_place(before, title, number[0])
        now = place and _read_number(after, title, place)
        return f'[{_NUMBER.sub(now, shown, count=1)}]({link} "{title}")' if now else found[0]

    return re.sub(rf'\[([^\]]+)\]\(([^)\s"]*{re.escape(source.name)}) "([^"]+)"\)', renew, paper)


def _find_place(text: str, title: str, number: str) -> Place | None:
    for chapter, line, words in _list_lines(text, title):
        numbers = _NUMBER.findall(words)
        if number in numbers:
            return Place(chapter, line, numbers.index(number))
    return None


def _read_number(text: str, title: str, place: Place) -> str | None:
    for chapter, line, words in _list_lines(text, title):
        numbers = _NUMBER.findall(words)
        if (chapter, line) == place[:2] and place.number < len(numbers):
            return numbers[place.number]
    return None


def _list_lines(text: str, title: str) -> Iterator[tuple[str, int, str]]:
    """The lines that hold the title: with the chapter, and the how-manieth of its chapter it is."""
    chapter, line = "", 0
    for words in text.splitlines():
        if words.startswith("#"):
            chapter, line = words, 0
        elif re.search(rf"(?<![\w.,]){re.escape(title)}(?![.,]?\w)", words):
            yield chapter, line, words
            line += 1
