"""The tags of one record, on its page."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.http import forms
from crm.kernel.http.request import ANY_VERSION, Request
from crm.records import tags
from crm.records.common.prev_next import list_query
from crm.records.common.record_pages import RecordPages
from crm.values import Line


class TagForm(msgspec.Struct, frozen=True, kw_only=True):
    """All tags of a record, and the name of one more."""

    tag_ids: tags.TagIds = []
    new_tag: Annotated[Line, msgspec.Meta(title="New tag", max_length=40)] = ""


async def change_tags(pages: RecordPages, request: Request) -> Response:
    """Save the tags of a record."""
    form = (await forms.draft(request, TagForm)).require_form()
    tag_ids = form.tag_ids
    async with request.db.transaction() as conn:
        if form.new_tag:
            tag_ids = [*tag_ids, (await tags.create_missing(conn, form.new_tag)).id]
        record = await pages.record.table.lock(conn, request.id, ANY_VERSION)
        await pages.record.change(conn, record, pages.record.changes(tag_ids=tag_ids), by=request.actor)
    return views.redirect_with_toast(f"{pages.url}/{request.id}{list_query(pages.record, request)}", "Tags saved.")
