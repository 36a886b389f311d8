"""Several leads of a list at once: moved, assigned, tagged or deleted. Each is one change set, so it can be undone."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from starlette.responses import Response

from crm.accounts import auth
from crm.kernel import views
from crm.kernel.errors import ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.paging import MAX_LIMIT
from crm.kernel.http.request import Request
from crm.records import stages, tags
from crm.records.common import RecordId, list_query
from crm.records.leads import actions, deletion
from crm.records.leads.api import RECORD
from crm.records.leads.forms import ChangeLead, LostChoice, LostReason, compose_reason
from crm.records.leads.models import LOST_REASONS
from crm.records.leads.queries import TABLE
from crm.records.stages import Status


class BulkAction(msgspec.Struct, frozen=True):
    """The selected rows of a list, and what to do with them."""

    do: Literal["move", "assign", "tag", "delete"]
    pick: Annotated[list[RecordId], msgspec.Meta(max_length=MAX_LIMIT)] = []
    status: Status | None = None
    lost_choice: LostChoice = ""
    lost_reason: LostReason = ""
    owner_id: RecordId | None = None
    tag_id: RecordId | None = None


async def run_bulk_action(request: Request) -> Response:
    """Move, assign or delete the leads. The toast that follows offers to undo it."""
    draft = await forms.draft(request, BulkAction)
    form, back = draft.form, f"/leads{list_query(RECORD, request)}"
    if form is None and draft.errors.keys() <= {"lost_reason", "lost_choice"} and draft.values.get("pick"):
        return _ask_lost_reason(request, draft)
    if form is None or not form.pick:
        return views.redirect_with_toast(
            back, next(iter(draft.errors.values()), "Select leads first, then choose what to do.")
        )
    if form.do != "move":
        return await {"delete": _delete, "assign": _assign, "tag": _tag}[form.do](request, form, back)
    if form.status is None:
        return views.redirect_with_toast(back, "Nothing was moved: choose a status.")
    if form.status == stages.LOST and not compose_reason(form.lost_choice, form.lost_reason):
        draft.add_error("lost_choice", "Choose why they were lost, or say it in a few words.")
        return _ask_lost_reason(request, draft)
    return await _move(request, form, form.status, back)


def _ask_lost_reason(request: Request, draft: Draft[BulkAction]) -> Response:
    """The page that asks why the selected leads were lost."""
    return views.page(
        request, "leads/lost.html", block="content", status=422, picked=draft.values["pick"], values=draft.values,
        errors=draft.errors, list_query=list_query(RECORD, request), reasons=[(each, each) for each in LOST_REASONS],
        back=f"/leads{list_query(RECORD, request)}",
    )  # fmt: skip


async def _delete(request: Request, form: BulkAction, back: str) -> Response:
    deleted = 0
    async with request.db.transaction() as conn:
        for lead_id in sorted({*form.pick}):
            lead = await TABLE.find(conn, lead_id, lock=True)
            if lead is not None:
                await deletion.delete(conn, lead, by=request.actor)
                deleted += 1
    if not deleted:
        return views.redirect_with_toast(back, "They were deleted already.")
    return views.redirect_with_toast(back, f"Deleted {views.plural(deleted, 'lead')}.")


async def _tag(request: Request, form: BulkAction, back: str) -> Response:
    if form.tag_id is None:
        return views.redirect_with_toast(back, "Nothing was tagged: choose a tag, or add one under Settings, Tags.")
    tagged = 0
    async with request.db.transaction() as conn:
        tag = await tags.get(conn, form.tag_id)
        known = await tags.read_tags(conn)
        for lead_id in sorted({*form.pick}):
            lead = await TABLE.find(conn, lead_id, lock=True)
            own = known.of(lead.tag_ids) if lead is not None else [tag]
            if lead is not None and tag not in own:
                more = ChangeLead(tag_ids=[*(each.id for each in own), tag.id])
                await actions.change(conn, lead, more, by=request.actor)
                tagged += 1
    return views.redirect_with_toast(back, f"Tagged {views.plural(tagged, 'lead')} with “{tag.name}”.")


async def _assign(request: Request, form: BulkAction, back: str) -> Response:
    try:
        async with request.db.transaction() as conn:
            found = [await TABLE.find(conn, lead_id, lock=True) for lead_id in sorted({*form.pick})]
            changed = await actions.assign(
                conn, [lead for lead in found if lead is not None], form.owner_id, by=request.actor
            )
            owner = await auth.find_assignable(conn, form.owner_id) if form.owner_id else None
    except ValidationError as error:
        return views.redirect_with_toast(back, error.errors[0].message)
    message = f"{views.plural(len(changed), 'lead')} assigned to {owner.name if owner else 'nobody'}."
    return views.redirect_with_toast(back, message)


async def _move(request: Request, form: BulkAction, status: Status, back: str) -> Response:
    moved = skipped = 0
    reason = compose_reason(form.lost_choice, form.lost_reason) if status == stages.LOST else ""
    async with request.db.transaction() as conn:
        if status not in (await stages.read(conn)).keys:
            return views.redirect_with_toast(back, "Nothing was moved: there is no such stage any more.")
        for lead_id in sorted({*form.pick}):
            lead = await TABLE.find(conn, lead_id, lock=True)
            if lead is None or lead.status == status:
                continue
            if lead.status == "lost":
                skipped += 1
                continue
            await actions.move(conn, lead, status, request.actor, reason)
            moved += 1
    message = f"{views.plural(moved, 'lead')} moved to {stages.current().name_of(status)}."
    if skipped:
        message += f" {views.plural(skipped, 'lost lead')} stayed: reopen a lost lead on its own page."
    return views.redirect_with_toast(back, message)
