"""`specs/founding-document.md` as data: its chapters, rows, and what they name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
PAGE = ROOT / "specs" / "founding-document.md"
COLUMNS = "| It says | Done by | Proved by | Figure or decision |"

_CHAPTER = re.compile(r"^##+ (.+)$", re.MULTILINE)
_TOKEN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r'\[([^\]]+)\]\(([^) ]+)(?: "([^"]*)")?\)')


class Link(NamedTuple):
    """What is shown, the file it leads to, and the title: a part of the line that the figure stands on."""

    shown: str
    path: Path
    title: str


class Row(NamedTuple):
    """One statement, who does it, what proves it, and the last cell as it is written."""

    says: str
    doers: list[str]
    proofs: list[str]
    last: str

    @property
    def links(self) -> list[Link]:
        found = _LINK.findall(self.last)
        return [Link(shown, (PAGE.parent / path).resolve(), title) for shown, path, title in found]

    @property
    def decisions(self) -> list[Link]:
        return [link for link in self.links if re.fullmatch(r"\d{4}", link.shown)]

    @property
    def experiments(self) -> list[str]:
        return re.findall(r"\bexperiment (\d+)", self.last)

    @property
    def figures(self) -> list[Link]:
        return [link for link in self.links if link not in self.decisions]


def read_chapters(text: str) -> dict[str, list[Row]]:
    """The rows of each chapter that has a table, in the page's order."""
    names = list(_CHAPTER.finditer(text))
    ends = [name.start() for name in names[1:]] + [len(text)]
    found = {name[1]: text[name.end() : end] for name, end in zip(names, ends, strict=True)}
    return {name: _parse_rows(part) for name, part in found.items() if COLUMNS in part}


def _parse_rows(part: str) -> list[Row]:
    lines = part.partition(COLUMNS)[2].strip().splitlines()[1:]
    return [_parse_row(line) for line in lines if line.startswith("|")]


def _parse_row(line: str) -> Row:
    says, doers, proofs, last = (cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|"))
    return Row(says, _TOKEN.findall(doers), _TOKEN.findall(proofs), last)


def is_written(figure: str, title: str, text: str) -> bool:
    """Whether some line of `text` has both, each as a word or number of its own."""
    return any(_has_words(figure, line) and _has_words(title, line) for line in text.splitlines())


def _has_words(words: str, line: str) -> bool:
    return re.search(rf"(?<![\w.,]){re.escape(words)}(?![.,]?\w)", line) is not None
