"""Parses front matter: the lines between two `---` at the top of a file.

A small parser reads the common forms (`key: value`, quoted texts, lists) in a few microseconds. PyYAML reads all
others and is imported only then. Both return every scalar as text; `post_parser` converts it.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

Value = str | list[str]


class Entry(NamedTuple):
    """A value and its line. `item_lines` has the line of each item of a list that takes several lines.

    `errors` are lines and messages: the value has a form that front matter cannot have.
    """

    value: Value
    line: int
    item_lines: tuple[int, ...] = ()
    errors: tuple[tuple[int, str], ...] = ()


class FrontMatterError(ValueError):
    """The text is not valid front matter. `line` counts from 1 in the file."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


_KEY = re.compile(r"([A-Za-z_][\w-]*):(?: +(.*?))? *$")
_ITEM = re.compile(r" *- +(.+?) *$")
# A plain scalar of YAML, limited to texts that YAML cannot read in another way.
_PLAIN = re.compile(r"[^\s\[\]{}>|*&!%#`@,?:\"'~-](?:(?!: | #|:$).)*$")
_NULLS = {"null", "Null", "NULL"}


def split_text(text: str) -> tuple[str, str, int]:
    """Returns the front matter, the body, and the line where the body begins. Raises `FrontMatterError`."""
    if text.startswith("+++\n"):
        raise FrontMatterError("This is TOML front matter, as Hugo writes it. `blog import hugo` converts it.", 1)
    if not text.startswith("---\n"):
        raise FrontMatterError("The file does not begin with front matter. Put it between two lines of `---`.", 1)
    end = text.find("\n---\n", 3)
    if end < 0:
        if not text.endswith("\n---"):
            raise FrontMatterError("The front matter is never closed. End it with a line of `---`.", 1)
        return text[4:-4], "", text.count("\n") + 2
    head = text[4 : end + 1]
    return head, text[end + 5 :], head.count("\n") + 3


def parse_entries(head: str) -> dict[str, Entry]:
    """Returns every key with its value and its line in the file. Raises `FrontMatterError`."""
    entries = _parse_flat(head)
    return _parse_yaml(head) if entries is None else entries


def _parse_flat(head: str) -> dict[str, Entry] | None:
    """Returns None if the text needs a full YAML parser."""
    if "\t" in head:  # YAML has rules of its own for tabs.
        return None
    entries: dict[str, Entry] = {}
    key, items, lines = "", None, []  # type: tuple[str, list[str] | None, list[int]]
    for number, line in enumerate(head.split("\n"), 2):
        if not line.strip():
            continue
        if items is not None and (item := _ITEM.match(line)):
            text = _parse_scalar(item[1])
            if text is None:
                return None
            items.append(text)
            lines.append(number)
            entries[key] = entries[key]._replace(item_lines=tuple(lines))
            continue
        match = _KEY.match(line)
        if match is None or match[1] in entries or (items is not None and not items):
            return None
        key, raw, items = match[1], match[2], None
        if not raw:
            items, lines = [], []
            entries[key] = Entry(items, number)
            continue
        value = _parse_list(raw) if raw.startswith("[") else _parse_scalar(raw)
        if value is None:
            return None
        entries[key] = Entry(value, number)
    return None if items == [] else entries


def _parse_scalar(raw: str) -> str | None:
    if raw.startswith('"'):
        try:
            text = json.loads(raw)
        except ValueError:
            return None
        return text if isinstance(text, str) else None
    return raw if _PLAIN.match(raw) and raw not in _NULLS else None


def _parse_list(raw: str) -> list[str] | None:
    if not raw.endswith("]") or any(mark in raw for mark in "\"'{}#:"):
        return None
    inside = raw[1:-1].strip()
    parts = [part.strip() for part in inside.split(",")] if inside else []
    return parts if all(_PLAIN.match(part) and "[" not in part and "]" not in part for part in parts) else None


def _parse_yaml(head: str) -> dict[str, Entry]:
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        root = yaml.compose(head, Loader=loader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "not readable"
        line = (mark.line if mark else 0) + 2
        raise FrontMatterError(f"The front matter is not valid YAML: {reason}.", line) from error
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise FrontMatterError("The front matter must be a list of `key: value` lines.", root.start_mark.line + 2)
    entries: dict[str, Entry] = {}
    for key, node in root.value:
        line = key.start_mark.line + 2
        if not isinstance(key, yaml.ScalarNode):
            # A key of this name cannot be written in front matter.
            entries[f"\n{line}"] = Entry("", line, errors=((line, "A key of the front matter is not a word."),))
        elif key.value in entries:
            duplicate = (line, f"`{key.value}` is given twice.")
            entries[key.value] = entries[key.value]._replace(errors=(*entries[key.value].errors, duplicate))
        else:
            entries[key.value] = _read_yaml_entry(key.value, node, line)
    return entries


def _read_yaml_entry(key: str, node: object, line: int) -> Entry:
    import yaml

    message = f"`{key}` must be a text or a plain list of texts."
    if isinstance(node, yaml.ScalarNode):
        return Entry("" if node.style is None and node.value in {"~", *_NULLS} else str(node.value), line)
    if not isinstance(node, yaml.SequenceNode):
        return Entry("", line, errors=((line, message),))
    scalars = [item for item in node.value if isinstance(item, yaml.ScalarNode)]
    others = [item for item in node.value if not isinstance(item, yaml.ScalarNode)]
    lines = tuple(item.start_mark.line + 2 for item in scalars)
    return Entry(
        [str(item.value) for item in scalars],
        line,
        lines if any(number != line for number in lines) else (),
        tuple((item.start_mark.line + 2, message) for item in others),
    )
