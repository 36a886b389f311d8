"""Reads a document of another generator: front matter of any form, and the body."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

Fields = dict[str, object]
"""The values of front matter: texts, lists and dicts of them. A boolean is the text `true` or `false`."""

_PELICAN_FIELD = re.compile(r"([A-Za-z][\w-]*):[ \t]*(.*)$")


class DocumentError(ValueError):
    """The front matter cannot be read. The message says why."""


class Document(NamedTuple):
    """`line` is the line of the file where the body begins."""

    fields: Fields
    body: str
    line: int


def read_text(file: Path) -> tuple[str, bool]:
    """Returns the text of a file with plain line ends, and whether it was UTF-8."""
    data = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        text, is_utf8 = data.decode(), True
    except UnicodeDecodeError:
        text, is_utf8 = data.decode("cp1252", "replace"), False
    return text.replace("\r\n", "\n").replace("\r", "\n"), is_utf8


def parse_document(text: str, *, has_plain_fields: bool = False) -> Document:
    """Returns the document. YAML, TOML and JSON front matter is known, and Pelican's `Key: value` lines if asked for.

    Raises `DocumentError`.
    """
    for fence, read in (("---", read_yaml), ("+++", read_toml)):
        match = re.match(rf"{re.escape(fence)}[ \t]*\n(.*?)^{re.escape(fence)}[ \t]*(?:\n|\Z)", text, re.S | re.M)
        if match:
            return Document(read(match[1]), text[match.end() :], text.count("\n", 0, match.end()) + 1)
    if text.startswith("{\n"):
        try:
            value, end = json.JSONDecoder().raw_decode(text)
        except ValueError as error:
            raise DocumentError(f"its JSON front matter is not readable: {error}") from error
        return Document(_to_fields(value), text[end:].lstrip("\n"), text.count("\n", 0, end) + 1)
    return _parse_plain_fields(text) if has_plain_fields else Document({}, text, 1)


def _parse_plain_fields(text: str) -> Document:
    fields: Fields = {}
    lines = text.split("\n")
    key = ""
    for number, line in enumerate(lines):
        match = _PELICAN_FIELD.match(line)
        if match:
            key = match[1].lower()
            fields[key] = match[2].strip()
        elif key and line.startswith("    "):
            fields[key] = f"{fields[key]} {line.strip()}"
        else:
            return Document(fields, "\n".join(lines[number:]).lstrip("\n"), number + 1)
    return Document(fields, "", len(lines))


def read_yaml(text: str) -> Fields:
    """Returns the fields of YAML. Every scalar is a text, so that no value changes its form."""
    import yaml

    try:
        # Liquid in a value is no YAML, but common in Jekyll.
        value = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - it makes texts only
    except yaml.YAMLError as error:
        reason = getattr(error, "problem", None) or str(error)
        raise DocumentError(f"its YAML front matter is not readable: {reason}") from error
    return _to_fields(value)


def read_toml(text: str) -> Fields:
    """Returns the fields of TOML."""
    try:
        return _to_fields(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(f"its TOML front matter is not readable: {error}") from error


def _to_fields(value: object) -> Fields:
    if value is None or value == "":
        return {}
    if not isinstance(value, dict):
        raise DocumentError("its front matter is no list of keys")
    return {str(key): _to_text(item) for key, item in value.items()}


def _to_text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return {str(key): _to_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_to_text(item) for item in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return "" if value is None else str(value)


def get_text(fields: Mapping[str, object], *names: str) -> str:
    """Returns the first text of these names. A name with a dot leads into a dict."""
    for name in names:
        value: object = fields
        for part in name.split("."):
            value = value.get(part, "") if isinstance(value, dict) else ""
        if isinstance(value, list) and value and isinstance(value[0], str):
            value = value[0]
        if isinstance(value, str) and value.strip() and value.strip() not in {"~", "null"}:
            return " ".join(value.split())
    return ""


def get_list(fields: Mapping[str, object], *names: str, separator: str = ",") -> list[str]:
    """Returns the texts of these names, each once. A text is split at the separator; a dict gives its name."""
    found: list[str] = []
    for name in names:
        value = fields.get(name, "")
        if isinstance(value, str):
            value = value.split(separator) if separator.strip() else value.split()
        items = value if isinstance(value, list) else [value]
        for item in items:
            text = get_text(item, "name", "title") if isinstance(item, dict) else " ".join(str(item).split())
            if text:
                found.append(text)
    return list(dict.fromkeys(found))
