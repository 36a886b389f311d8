"""Front matter: the lines between two `---` at the top of a file, as names and texts.

A flat reader takes what nearly all posts hold (`key: value`, quoted texts, lists) in a few microseconds; whatever it
does not know goes to PyYAML, which is imported only then. Both give every scalar as text; `content` gives it meaning.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

Value = str | list[str]


class Entry(NamedTuple):
    value: Value
    line: int


class Unreadable(ValueError):
    """The block is not front matter. `line` counts from 1 in the file."""

    def __init__(self, words: str, line: int) -> None:
        super().__init__(words)
        self.line = line


_KEY = re.compile(r"([A-Za-z_][\w-]*):(?: +(.*?))? *$")
_ITEM = re.compile(r" *- +(.+?) *$")
# A plain scalar as YAML has it, but only where no other reading is possible.
_PLAIN = re.compile(r"[^\s\[\]{}>|*&!%#`@,?:\"'~-](?:(?!: | #|:$).)*$")
_NULL = {"null", "Null", "NULL"}


def split(text: str) -> tuple[str, str, int]:
    """Front matter, body, and the line the body begins on. Raises `Unreadable` where the block is missing or open."""
    if not text.startswith("---\n"):
        raise Unreadable("The file does not begin with front matter. Put it between two lines of `---`.", 1)
    end = text.find("\n---\n", 3)
    if end < 0:
        if not text.endswith("\n---"):
            raise Unreadable("The front matter is never closed. End it with a line of `---`.", 1)
        return text[4:-4], "", text.count("\n") + 2
    head = text[4 : end + 1]
    return head, text[end + 5 :], head.count("\n") + 3


def read(head: str) -> dict[str, Entry]:
    """Every key with its value and line in the file. Raises `Unreadable`."""
    found = _flat(head)
    return _yaml(head) if found is None else found


def _flat(head: str) -> dict[str, Entry] | None:
    entries: dict[str, Entry] = {}
    items: list[str] | None = None
    for number, line in enumerate(head.split("\n"), 2):
        if not line.strip():
            continue
        if items is not None and (item := _ITEM.match(line)):
            value = _scalar(item[1])
            if value is None:
                return None
            items.append(value)
            continue
        match = _KEY.match(line)
        if match is None or match[1] in entries or (items is not None and not items):
            return None
        raw, items = match[2], None
        if not raw:
            items = []
            entries[match[1]] = Entry(items, number)
            continue
        read_value = _sequence(raw) if raw.startswith("[") else _scalar(raw)
        if read_value is None:
            return None
        entries[match[1]] = Entry(read_value, number)
    return None if items == [] else entries


def _scalar(raw: str) -> str | None:
    if raw.startswith('"'):
        try:
            text = json.loads(raw)
        except ValueError:
            return None
        return text if isinstance(text, str) else None
    return raw if _PLAIN.match(raw) and raw not in _NULL else None


def _sequence(raw: str) -> list[str] | None:
    if not raw.endswith("]") or any(mark in raw for mark in "\"'{}#:"):
        return None
    inside = raw[1:-1].strip()
    parts = [part.strip() for part in inside.split(",")] if inside else []
    return parts if all(_PLAIN.match(part) and "[" not in part and "]" not in part for part in parts) else None


def _yaml(head: str) -> dict[str, Entry]:
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        root = yaml.compose(head, Loader=loader)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        words = getattr(fault, "problem", None) or "not readable"
        raise Unreadable(f"The front matter is not valid YAML: {words}.", (mark.line if mark else 0) + 2) from fault
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise Unreadable("The front matter must be a list of `key: value` lines.", root.start_mark.line + 2)
    entries: dict[str, Entry] = {}
    for key, node in root.value:
        line = key.start_mark.line + 2
        if not isinstance(key, yaml.ScalarNode):
            raise Unreadable("A key of the front matter is not a word.", line)
        if key.value in entries:
            raise Unreadable(f"`{key.value}` is given twice.", line)
        entries[key.value] = Entry(_plain(key.value, node, line), line)
    return entries


def _plain(key: str, node: object, line: int) -> Value:
    import yaml

    if isinstance(node, yaml.ScalarNode):
        return "" if node.style is None and node.value in {"~", *_NULL} else str(node.value)
    if isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.ScalarNode) for item in node.value):
        return [str(item.value) for item in node.value]
    raise Unreadable(f"`{key}` must be a text or a plain list of texts.", line)
