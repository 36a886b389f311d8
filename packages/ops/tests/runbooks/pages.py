"""Runbooks as data: their blocks, and the commands, names and links in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
FOLDER = ROOT / "docs/runbooks"
SHELL, LAPTOP, EXPECT = "sh", "sh laptop", "text expect"
OURS = ("ops", "crm", "blog", "make")

_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_COMMENT = re.compile(r"(^|\s)#.*$", re.MULTILINE)
_HEREDOC = re.compile(r"(<<'?(\w+)'?.*\n)(?:.*\n)*?\s*\2$", re.MULTILINE)
_GLUED = re.compile(r"\\\n\s*")
_PLACES = re.compile(r"\$\([^()]*\)|\$\{[^}]*\}")


class Block(NamedTuple):
    """A fenced block; `line` is where its fence stands."""

    page: str
    line: int
    info: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def list_pages() -> list[str]:
    """Every runbook, and their index."""
    return sorted(path.name for path in FOLDER.glob("*.md"))


def read_page(page: str) -> str:
    return (FOLDER / page).read_text(encoding="utf-8")


def read_prose(page: str) -> str:
    """The page without its blocks."""
    return _FENCE.sub("", read_page(page))


def list_blocks(page: str) -> list[Block]:
    text = read_page(page)
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found["info"], _flush(found["text"], found["indent"]))
        for found in _FENCE.finditer(text)
    ]


def list_laptop_blocks(page: str) -> list[tuple[Block, list[str]]]:
    """The blocks for a laptop in order, each with the lines that are expected of it."""
    found: list[tuple[Block, list[str]]] = []
    before = ""
    for block in list_blocks(page):
        if block.info == LAPTOP:
            found.append((block, []))
        elif block.info == EXPECT:
            assert before == LAPTOP, f"{block.place}: no laptop block stands right before it"
            found[-1][1].extend(line.strip() for line in block.text.splitlines() if line.strip())
        before = block.info
    return found


def list_inline_code(page: str) -> list[str]:
    """What stands in backquotes within the prose."""
    return _CODE.findall(read_prose(page))


def list_typed(page: str) -> list[tuple[str, str]]:
    """Place and text of all that a shell is given."""
    return [(block.place, block.text) for block in list_blocks(page) if block.info in (SHELL, LAPTOP)]


def list_mentioned(page: str) -> list[tuple[str, str]]:
    """The page and each piece of backquoted prose that may be a command, such as `ops backup create`."""
    return [(page, code) for code in list_inline_code(page) if " " in code]


def split_commands(source: str) -> Iterator[list[str]]:
    """The words of each single command in a piece of shell; what a shell would fill in is the word `0`."""
    for line in _GLUED.sub(" ", _COMMENT.sub("", _HEREDOC.sub(r"\1", source))).splitlines():
        yield from (words for inner in _substitutions(line) for words in _split(inner))
        yield from _split(_PLACES.sub("0", line))


def find_our_commands(source: str) -> Iterator[list[str]]:
    """Those of them that call a program of ours, from its name on: also inside Docker, Railway or a pipe."""
    for words in split_commands(source):
        for at, word in enumerate(words):
            if Path(word).name in OURS and (word in OURS or word.startswith(".venv/")):
                yield [Path(word).name, *words[at + 1 :]]
                break


def _substitutions(line: str) -> list[str]:
    return [found[2:-1] for found in _PLACES.findall(line) if found.startswith("$(")]


def _split(line: str) -> Iterator[list[str]]:
    reader = shlex.shlex(line, posix=True, punctuation_chars=";&|()<>")
    reader.whitespace_split = True
    reader.commenters = ""
    words: list[str] = []
    try:
        for word in reader:
            if set(word) <= set(";&|()<>"):
                yield from [words] if words else []
                words = []
            else:
                words.append(word)
    except ValueError:  # a quotation that goes on in the next line is not a command of ours
        return
    yield from [words] if words else []


def _flush(text: str, indent: str) -> str:
    return "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))
