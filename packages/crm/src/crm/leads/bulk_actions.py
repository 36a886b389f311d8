"""Several leads of a list at once: moved or deleted, and taken back."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.errors import NotFoundError
from crm.kernel.http import forms
from crm.kernel.http.paging import MAX_LIMIT
from crm.kernel.http.request import Request
from crm.leads import actions, deletion, prev_next, queries
from crm.leads.forms import LostReason, Number
from crm.leads.models import STAGES, Status

_MOVES = re.compile(r"(\d{1,18}-[0-4])(_\d{1,18}-[0-4]){0,99}")
_NUMBERS = re.compile(r"\d{1,18}(-\d{1,18}){0,99}")


class Bulk(msgspec.Struct, frozen=True):
    """The ticked rows of a list, and what to do with them."""

    do: Literal["move", "delete"]
    pick: Annotated[list[Number], msgspec.Meta(max_length=MAX_LIMIT)] = []
    status: Status | None = None
    lost_reason: LostReason = ""


async def act(request: Request) -> Response:
    """Do it at once; the toast that follows offers to take it back."""
    draft = await forms.draft(request, Bulk)
    form, back = draft.form, f"/leads{prev_next.query_of(request)}"
    if form is None or not form.pick:
        return views.redirect_with_toast(
            back, next(iter(draft.faults.values()), "Tick the leads first, then say what to do.")
        )
    if form.do == "delete":
        return await _delete(request, form, back)
    if form.status is None or (form.status == "lost" and not form.lost_reason):
        return views.redirect_with_toast(
            back, "Nothing was moved: say where to and, for lost leads, why they were lost."
        )
    return await _move(request, form, form.status, back)


async def put_back(request: Request) -> Response:
    """Move leads back to where they were, as the address says, unless somebody has moved them on since."""
    to, moves = request.path_params["to"], request.path_params["moves"]
    if to not in STAGES or not _MOVES.fullmatch(moves):
        raise NotFoundError("There is nothing to take back.")
    done = 0
    async with request.db.transaction() as conn:
        for number, stage in (move.split("-") for move in moves.split("_")):
            lead = await queries.find(conn, int(number), lock=True)
            if lead is not None and lead.status == to:
                await actions.move(conn, lead, STAGES[int(stage)], request.actor)
                done += 1
    return views.redirect_with_toast("/leads", f"{views.plural(done, 'lead')} moved back.")


async def restore(request: Request) -> Response:
    """Bring several deleted leads back."""
    numbers = request.path_params["numbers"]
    if not _NUMBERS.fullmatch(numbers):
        raise NotFoundError("There is nothing to take back.")
    async with request.db.transaction() as conn:
        leads = [await deletion.restore(conn, int(number), by=request.actor) for number in numbers.split("-")]
    return views.redirect_with_toast("/leads", f"{views.plural(len(leads), 'lead')} back.")


async def _delete(request: Request, form: Bulk, back: str) -> Response:
    gone = []
    async with request.db.transaction() as conn:
        for number in sorted({*form.pick}):
            lead = await queries.find(conn, number, lock=True)
            if lead is not None:
                await deletion.remove(conn, lead, by=request.actor)
                gone.append(str(number))
    if not gone:
        return views.redirect_with_toast(back, "They were deleted already.")
    return views.redirect_with_toast(
        back, f"Deleted {views.plural(len(gone), 'lead')}.", undo=f"/leads/restore/{'-'.join(gone)}"
    )


async def _move(request: Request, form: Bulk, to: Status, back: str) -> Response:
    moved, left = [], 0
    async with request.db.transaction() as conn:
        for number in sorted({*form.pick}):
            lead = await queries.find(conn, number, lock=True)
            if lead is None or lead.status == to:
                continue
            if lead.status == "lost":
                left += 1
                continue
            await actions.move(conn, lead, to, request.actor, form.lost_reason if to == "lost" else "")
            moved.append(f"{number}-{STAGES.index(lead.status)}")
    said = f"{views.plural(len(moved), 'lead')} moved to {to.capitalize()}."
    if left:
        said += f" {views.plural(left, 'lost lead')} stayed: reopen on the page that tells why it was lost."
    return views.redirect_with_toast(back, said, undo=f"/leads/back/{to}/{'_'.join(moved)}" if moved else "")
