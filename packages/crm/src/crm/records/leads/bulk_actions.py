"""Several leads of a list at once: moved, assigned or deleted, and the undo of each."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from starlette.responses import Response

from crm.accounts import auth
from crm.kernel import views
from crm.kernel.errors import NotFoundError, ValidationError
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

_MOVES = re.compile(r"(\d{1,18}-[a-z0-9_]{1,40})(\.\d{1,18}-[a-z0-9_]{1,40}){0,99}")
_OWNERS = re.compile(r"(\d{1,18}-\d{1,18})(_\d{1,18}-\d{1,18}){0,99}")
_IDS = re.compile(r"\d{1,18}(-\d{1,18}){0,99}")


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


async def undo_move(request: Request) -> Response:
    """Move leads back, as the URL says, except those that somebody has moved since, and those of a deleted stage."""
    status, moves = request.path_params["to"], request.path_params["moves"]
    if not _MOVES.fullmatch(moves):
        raise NotFoundError("There is nothing to undo.")
    done = 0
    async with request.db.transaction() as conn:
        known = await stages.read(conn)
        if known.find(status) is None:
            raise NotFoundError("There is nothing to undo.")
        for lead_id, stage in (move.split("-") for move in moves.split(".")):
            lead = await TABLE.find(conn, int(lead_id), lock=True)
            if lead is not None and lead.status == status and stage in known.keys:
                await actions.move(conn, lead, stage, request.actor)
                done += 1
    return views.redirect_with_toast("/leads", f"{views.plural(done, 'lead')} moved back.")


async def undo_assign(request: Request) -> Response:
    """Give leads back to the owners they had, as the URL says, except those that have another owner since."""
    to, before = int(request.path_params["to"]), request.path_params["owners"]
    if not _OWNERS.fullmatch(before):
        raise NotFoundError("There is nothing to undo.")
    done = 0
    async with request.db.transaction() as conn:
        known = {user.id for user in await auth.list_assignable(conn)}
        for lead_id, owner_id in (pair.split("-") for pair in before.split("_")):
            lead = await TABLE.find(conn, int(lead_id), lock=True)
            if lead is not None and (lead.owner_id or 0) == to:
                owner = int(owner_id) if int(owner_id) in known else None
                done += len(await actions.assign(conn, [lead], owner, by=request.actor))
    return views.redirect_with_toast("/leads", f"{views.plural(done, 'lead')} given back.")


async def undo_delete(request: Request) -> Response:
    """Restore several deleted leads."""
    ids = request.path_params["ids"]
    if not _IDS.fullmatch(ids):
        raise NotFoundError("There is nothing to undo.")
    async with request.db.transaction() as conn:
        leads = [await deletion.restore(conn, int(lead_id), by=request.actor) for lead_id in ids.split("-")]
    return views.redirect_with_toast("/leads", f"Restored {views.plural(len(leads), 'lead')}.")


async def undo_tag(request: Request) -> Response:
    """Take a tag off the leads that the URL names."""
    ids = request.path_params["ids"]
    if not _IDS.fullmatch(ids):
        raise NotFoundError("There is nothing to undo.")
    done = 0
    async with request.db.transaction() as conn:
        for lead_id in sorted(map(int, ids.split("-"))):
            lead = await TABLE.find(conn, lead_id, lock=True)
            if lead is not None and request.id in lead.tag_ids:
                rest = ChangeLead(tag_ids=[each for each in lead.tag_ids if each != request.id])
                await actions.change(conn, lead, rest, by=request.actor)
                done += 1
    return views.redirect_with_toast("/leads", f"The tag was taken off {views.plural(done, 'lead')}.")


def _ask_lost_reason(request: Request, draft: Draft[BulkAction]) -> Response:
    """The page that asks why the selected leads were lost."""
    return views.page(
        request, "leads/lost.html", block="content", status=422, picked=draft.values["pick"], values=draft.values,
        errors=draft.errors, list_query=list_query(RECORD, request), reasons=[(each, each) for each in LOST_REASONS],
        back=f"/leads{list_query(RECORD, request)}",
    )  # fmt: skip


async def _delete(request: Request, form: BulkAction, back: str) -> Response:
    deleted = []
    async with request.db.transaction() as conn:
        for lead_id in sorted({*form.pick}):
            lead = await TABLE.find(conn, lead_id, lock=True)
            if lead is not None:
                await deletion.delete(conn, lead, by=request.actor)
                deleted.append(str(lead_id))
    if not deleted:
        return views.redirect_with_toast(back, "They were deleted already.")
    return views.redirect_with_toast(
        back, f"Deleted {views.plural(len(deleted), 'lead')}.", undo=f"/leads/restore/{'-'.join(deleted)}"
    )


async def _tag(request: Request, form: BulkAction, back: str) -> Response:
    if form.tag_id is None:
        return views.redirect_with_toast(back, "Nothing was tagged: choose a tag, or add one under Settings, Tags.")
    tagged = []
    async with request.db.transaction() as conn:
        tag = await tags.get(conn, form.tag_id)
        known = await tags.read_tags(conn)
        for lead_id in sorted({*form.pick}):
            lead = await TABLE.find(conn, lead_id, lock=True)
            own = known.of(lead.tag_ids) if lead is not None else [tag]
            if lead is not None and tag not in own:
                more = ChangeLead(tag_ids=[*(each.id for each in own), tag.id])
                await actions.change(conn, lead, more, by=request.actor)
                tagged.append(str(lead_id))
    message = f"Tagged {views.plural(len(tagged), 'lead')} with “{tag.name}”."
    undo = f"/leads/untag/{tag.id}/{'-'.join(tagged)}" if tagged else ""
    return views.redirect_with_toast(back, message, undo=undo)


async def _assign(request: Request, form: BulkAction, back: str) -> Response:
    try:
        async with request.db.transaction() as conn:
            found = [await TABLE.find(conn, lead_id, lock=True) for lead_id in sorted({*form.pick})]
            owners = {lead.id: lead.owner_id for lead in found if lead is not None}
            changed = await actions.assign(
                conn, [lead for lead in found if lead is not None], form.owner_id, by=request.actor
            )
            owner = await auth.find_assignable(conn, form.owner_id) if form.owner_id else None
    except ValidationError as error:
        return views.redirect_with_toast(back, error.errors[0].message)
    before = "_".join(f"{lead.id}-{owners[lead.id] or 0}" for lead in changed)
    message = f"{views.plural(len(changed), 'lead')} assigned to {owner.name if owner else 'nobody'}."
    return views.redirect_with_toast(
        back, message, undo=f"/leads/assign-back/{form.owner_id or 0}/{before}" if changed else ""
    )


async def _move(request: Request, form: BulkAction, status: Status, back: str) -> Response:
    moved, skipped = [], 0
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
            moved.append(f"{lead_id}-{lead.status}")
    message = f"{views.plural(len(moved), 'lead')} moved to {stages.current().name_of(status)}."
    if skipped:
        message += f" {views.plural(skipped, 'lost lead')} stayed: reopen a lost lead on its own page."
    return views.redirect_with_toast(back, message, undo=f"/leads/back/{status}/{'.'.join(moved)}" if moved else "")
