"""The values of changes, as people read them."""

from __future__ import annotations

import calendar
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any

from crm.kernel.db import Connection
from crm.records import leads, related, stages, tags
from crm.records.change_sets import Change

_MAX_SHOWN = 200


async def format_value(connection: Connection, change: Change, field: str, value: Any) -> str:
    """The text of a field's value; for a reference, the name of its record."""
    if value is not None and field in _FORMATS:
        return await _FORMATS[field](connection, change, value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    name = await related.find_name(connection, field, value)
    text = str(value) if name is None and value is not None else name or ""
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


async def _format_tags(connection: Connection, _: Change, tag_ids: list[int]) -> str:
    return ", ".join(tag.name for tag in (await tags.read_tags(connection)).of(tag_ids))


async def _format_tag(connection: Connection, change: Change, tag_id: int) -> str:
    return await _format_tags(connection, change, [tag_id])


async def _format_ignored(connection: Connection, _: Change, ignored: list[str]) -> str:
    """Entries such as `phone +49 30 1234567` and `company_id 7`."""
    pairs = [each.split(" ", 1) for each in ignored]
    names = [
        value if name == "phone" else await related.find_name(connection, name, int(value)) for name, value in pairs
    ]
    return ", ".join(name or "" for name in names)


async def _format_days(_: Connection, __: Change, days: list[int]) -> str:
    return ", ".join(calendar.day_name[day - 1] for day in days)


async def _format_stage(connection: Connection, _: Change, key: str) -> str:
    return (await stages.read(connection)).name_of(key)


async def _format_place(connection: Connection, change: Change, place: str) -> str:
    above = await leads.find_title_above(connection, change.record_id, Decimal(place))
    return "first" if above is None else f"below {above}"


_FORMATS: Mapping[str, Callable[[Connection, Change, Any], Awaitable[str]]] = {
    "tag_ids": _format_tags, "merged_into": _format_tag, "ignored": _format_ignored, "working_days": _format_days,
    "status": _format_stage, "place": _format_place,
}  # fmt: skip
