"""The sizes of a list's columns. Each user has own ones, and a saved view may hold others: its URL names them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request
from crm.records.common.columns import Column, ColumnChoice
from crm.records.common.list_state import parse_base, read_state
from crm.records.common.record_pages import RecordPages

PARAMETER = "sizes"
"""In a URL: the name of each sized column, a dot, and its width."""
MIN, MAX = 48, 1200
_SIZE = re.compile(r"(\w{1,40})\.(\d{2,4})")
_USUAL = {"cell-title": 336, "cell-wide": 288, "cell-some": 200, "num": 112}
Sizes = Mapping[str, int]


async def read_sizes(connection: Connection, request: Request, plural: str) -> Sizes:
    """The sizes that the URL names, or else those that the user has chosen for this list."""
    asked = dict(request.asked).get(PARAMETER)
    return parse_sizes(asked) if asked else await _find(connection, request, plural)


def parse_sizes(text: str) -> dict[str, int]:
    """The sizes of a URL, without those that make no sense."""
    found = (_SIZE.fullmatch(each) for each in text.split(","))
    return {match[1]: int(match[2]) for match in found if match and MIN <= int(match[2]) <= MAX}


def format_sizes(sizes: Sizes) -> str:
    """The sizes as a URL holds them."""
    return ",".join(f"{name}.{size}" for name, size in sorted(sizes.items()))


def add_to_state(base: list[tuple[str, str]], sizes: Sizes) -> str:
    """The query of a new saved view: what the list shows, and the sizes of its columns."""
    pairs = [(name, value) for name, value in base if name != PARAMETER]
    return read_state([*pairs, (PARAMETER, format_sizes(sizes))])


def apply_sizes(choice: ColumnChoice, sizes: Sizes) -> ColumnChoice:
    """The columns with their sizes. As soon as one has a size, so has each: the others get one after their content."""
    if not sizes:
        return choice
    shown = [
        msgspec.structs.replace(
            column, size=sizes.get(column.name) or _guess(column), style=f"{column.style} cell-sized".strip()
        )
        for column in choice.shown
    ]
    return msgspec.structs.replace(choice, shown=shown)


def _guess(column: Column) -> int:
    return next((size for word, size in _USUAL.items() if word in column.style), 136)


async def save(pages: RecordPages, request: Request) -> Response:
    """Save the sizes that the form names, of an open view in its URL. An empty one is guessed again."""
    sent = await forms.read_form(request)
    base = parse_base(dict(sent).get("base", ""))
    shown = dict(base)
    changes = _read_changes(pages, sent)
    async with request.db.transaction() as conn:
        stored = await _find(conn, request, pages.record.plural)
        sizes = parse_sizes(shown[PARAMETER]) if PARAMETER in shown else dict(stored)
        sizes = {name: size for name, size in {**sizes, **changes}.items() if size and ("reset", "1") not in sent}
        if "view" not in shown and PARAMETER not in shown:
            await _store(conn, request, pages.record.plural, sizes)
    if "view" in shown or PARAMETER in shown:
        base = [(name, value) for name, value in base if name != PARAMETER]
        base += [(PARAMETER, format_sizes(sizes))] if sizes else []
    return responses.see_other(f"{pages.url}?{urlencode(base)}" if base else pages.url)


def _read_changes(pages: RecordPages, sent: list[tuple[str, str]]) -> dict[str, int]:
    """The sizes of a form; 0 where one is empty. Raises `ValidationError`."""
    labels = {f"size.{column.name}": column.label for column in pages.columns}
    given = {name: value.strip() for name, value in sent if name in labels}
    wrong = [
        FieldError(name, f"{labels[name]}: give a whole number from {MIN} to {MAX}, or nothing.")
        for name, value in given.items()
        if value and not (value.isascii() and value.isdigit() and MIN <= int(value[:5]) <= MAX)
    ]
    if wrong:
        raise ValidationError(wrong)
    return {name.removeprefix("size."): int(value or 0) for name, value in given.items()}


async def _find(connection: Connection, request: Request, plural: str) -> dict[str, int]:
    sizes = await connection.fetchval(
        "SELECT sizes FROM column_sizes WHERE user_id = $1 AND list = $2", request.actor.id, plural
    )
    return sizes or {}


async def _store(connection: Connection, request: Request, plural: str, sizes: Sizes) -> None:
    await connection.execute(
        """
        INSERT INTO column_sizes (user_id, list, sizes)
        VALUES ($1, $2, $3)
        ON CONFLICT (user_id, list) DO UPDATE SET sizes = excluded.sizes
        """,
        request.actor.id, plural, sizes,
    )  # fmt: skip
