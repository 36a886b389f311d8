"""What happens to tags."""

from __future__ import annotations

from collections.abc import Iterable

from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, NotFoundError, PreconditionFailedError, ValidationError
from crm.kernel.http.request import ANY_VERSION
from crm.records.tags import queries
from crm.records.tags.forms import MAX_TAGS
from crm.records.tags.models import Tag


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
    return found or await queries.insert(connection, name, "gray")


async def get(connection: Connection, tag_id: int) -> Tag:
    """The tag. Raises `NotFoundError`."""
    return _require(await queries.find(connection, tag_id))


async def lock(connection: Connection, tag_id: int, version: int = ANY_VERSION) -> Tag:
    """The tag at this version, locked. Raises `NotFoundError` or `PreconditionFailedError`."""
    tag = _require(await queries.find(connection, tag_id, lock=True))
    if version not in (ANY_VERSION, tag.version):
        raise PreconditionFailedError("Someone changed this tag since you read it. Read it again, then change it.")
    return tag


async def merge(connection: Connection, tag_id: int, into: int) -> Tag:
    """Let another tag take the place of one, everywhere. Returns the other.

    Raises `NotFoundError`, or `ValidationError` for the same tag.
    """
    if tag_id == into:
        raise ValidationError([FieldError("into", "Choose another tag. A tag cannot be merged into itself.")])
    # In one order, so that two people who merge two tags into each other do not wait for each other.
    for each in sorted((tag_id, into)):
        await lock(connection, each)
    await queries.merge(connection, tag_id, into)
    return await get(connection, into)


async def bring_back(connection: Connection, tag_id: int) -> Tag:
    """Undo that a tag was deleted or merged. Raises `NotFoundError` or `ValidationError`."""
    return _require(await queries.bring_back(connection, tag_id))


def _require(tag: Tag | None) -> Tag:
    if tag is None:
        raise NotFoundError("There is no such tag. It was deleted, or merged into another one.")
    return tag
