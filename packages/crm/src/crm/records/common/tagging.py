"""The tags of one record, on its page."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.request import ANY_VERSION, Request
from crm.records import tags
from crm.records.common.prev_next import list_query
from crm.records.common.record_pages import RecordPages
from crm.values import Line

_IDS = re.compile(r"0|[1-9]\d{0,17}(-[1-9]\d{0,17}){0,19}")
"""Tags in a URL; 0 for none."""


class TagForm(msgspec.Struct, frozen=True, kw_only=True):
    """All tags of a record, and the name of one more."""

    tag_ids: tags.TagIds = []
    new_tag: Annotated[Line, msgspec.Meta(title="New tag", max_length=40)] = ""


async def change_tags(pages: RecordPages, request: Request) -> Response:
    """Save the tags of a record. The toast that follows offers to undo it."""
    draft = await forms.draft(request, TagForm)
    if draft.form is None:
        raise ValidationError(draft.field_errors())
    tag_ids = draft.form.tag_ids
    async with request.db.transaction() as conn:
        if draft.form.new_tag:
            tag_ids = [*tag_ids, (await tags.create_missing(conn, draft.form.new_tag)).id]
        record = await pages.record.table.lock(conn, request.id, ANY_VERSION)
        changed = await _save(pages, request, conn, record, tag_ids)
    url = f"{pages.url}/{request.id}"
    ends = ("-".join(map(str, each.tag_ids)) or "0" for each in (record, changed))
    undo = f"{url}/tags/{'/'.join(ends)}" if changed.tag_ids != record.tag_ids else ""
    return views.redirect_with_toast(f"{url}{list_query(pages.record, request)}", "Tags saved.", undo=undo)


async def undo_tags(pages: RecordPages, request: Request) -> Response:
    """Give the record the tags that it had, as far as they still exist and nobody has changed them since."""
    sent = [request.path_params["before"], request.path_params["after"]]
    if not all(map(_IDS.fullmatch, sent)):
        raise NotFoundError("There is nothing to undo.")
    before, after = ([int(each) for each in ids.split("-") if each != "0"] for ids in sent)
    async with request.db.transaction() as conn:
        known = await tags.read_tags(conn)
        record = await pages.record.table.lock(conn, request.id, ANY_VERSION)
        is_as_left = record.tag_ids == after
        if is_as_left:
            await _save(pages, request, conn, record, [tag.id for tag in known.of(before)])
    message = "The tags are back." if is_as_left else "Someone has changed the tags since, so they stay."
    return views.redirect_with_toast(f"{pages.url}/{request.id}", message)


async def _save(pages: RecordPages, request: Request, conn: Connection, record: Any, tag_ids: list[int]) -> Any:
    return await pages.record.change(conn, record, pages.record.changes(tag_ids=tag_ids), by=request.actor)
