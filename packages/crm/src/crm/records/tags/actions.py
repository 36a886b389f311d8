"""What happens to tags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import asyncpg
import msgspec

from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.records.base import changed_values
from crm.records.tags import queries
from crm.records.tags.forms import MAX_TAGS, MergeableChange, NewTag
from crm.records.tags.models import MergeableTag, Tag
from crm.records.tags.queries import TABLE, WITH_MERGED

get, lock = TABLE.get, TABLE.lock


async def check_ids(connection: Connection, tag_ids: Iterable[int]) -> list[int]:
    """The ids as a record stores them. Raises `ValidationError` for a tag that does not exist."""
    known = await queries.read_tags(connection)
    found = {tag_id: known.find(tag_id) for tag_id in tag_ids}
    if missing := [str(tag_id) for tag_id, tag in found.items() if tag is None]:
        raise ValidationError([FieldError("tag_ids", f"There is no tag {', '.join(missing)}.")])
    ids = sorted({tag.id for tag in found.values() if tag is not None})
    if len(ids) > MAX_TAGS:
        raise ValidationError([FieldError("tag_ids", f"A record has at most {MAX_TAGS} tags.")])
    return ids


async def create_missing(connection: Connection, name: str) -> Tag:
    """The tag with this name, created if there is none."""
    key = name.casefold()
    known = await queries.read_tags(connection)
    found = next((tag for tag in known.every if tag.name.casefold() == key), None)
    return found or await create(connection, NewTag(name))


async def create(connection: Connection, form: NewTag, **_: Any) -> Tag:
    """Add a tag. Raises `ValidationError` if there is one of this name."""
    tag = await TABLE.insert(connection, {"name": form.name, "color": form.color})
    if tag is None:
        raise _build_duplicate_error(form.name)
    return tag


async def change(connection: Connection, tag: Tag | MergeableTag, form: msgspec.Struct, **_: Any) -> Tag | MergeableTag:
    """Change a tag that `lock` returned. Raises `ValidationError` if there is another of this name."""
    values = changed_values(tag, form)
    if not values:
        return tag
    table: Any = WITH_MERGED if isinstance(tag, MergeableTag) else TABLE
    try:
        async with connection.transaction():
            changed: Tag | MergeableTag = await table.update(connection, tag, values)
    except asyncpg.UniqueViolationError as error:
        raise _build_duplicate_error(values.get("name", tag.name)) from error
    return changed


async def delete(connection: Connection, tag: Tag, **_: Any) -> None:
    """Hide the tag. Records keep its id, so that it can come back."""
    await TABLE.hide(connection, tag)


async def restore(connection: Connection, tag_id: int, **_: Any) -> Tag:
    """Restore a deleted tag. Raises `NotFoundError`, or `ConflictError` if another has its name by now."""
    return await TABLE.bring_back(connection, tag_id)


async def merge(connection: Connection, tag_id: int, into: int) -> Tag:
    """Let another tag take the place of one, everywhere. Returns the other.

    Raises `NotFoundError`, or `ValidationError` for the same tag.
    """
    if tag_id == into:
        raise ValidationError([FieldError("into", "Choose another tag. A tag cannot be merged into itself.")])
    # In one order, so that two people who merge two tags into each other do not wait for each other.
    for each in sorted((tag_id, into)):
        await lock(connection, each)
    await change(connection, await WITH_MERGED.get(connection, tag_id), MergeableChange(merged_into=into))
    return await get(connection, into)


def _build_duplicate_error(name: str) -> ValidationError:
    return ValidationError([FieldError("name", f"There is a tag “{name}” already. Use that one, or another name.")])
