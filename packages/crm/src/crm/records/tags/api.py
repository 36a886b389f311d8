"""Tags in the API."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request
from crm.records.base import Record
from crm.records.tags import actions
from crm.records.tags.forms import ChangeTag, MergeableChange, MergeTag, NewTag, TagFilter
from crm.records.tags.queries import TABLE, WITH_MERGED

RECORD = Record(
    noun="tag", plural="tags", table=TABLE, filter=TagFilter, new=NewTag, changes=ChangeTag,
    create=actions.create, change=actions.change, delete=actions.delete, restore=actions.restore,
)  # fmt: skip
UNDOABLE = msgspec.structs.replace(RECORD, table=WITH_MERGED, changes=MergeableChange)
"""The record with the tag that it was merged into."""


async def merge(request: Request) -> Response:
    """Let another tag take the place of this one."""
    form = await forms.read(request, MergeTag)
    async with request.db.transaction() as conn:
        tag = await actions.merge(conn, request.id, form.into)
    return responses.record(tag, tag.version)
