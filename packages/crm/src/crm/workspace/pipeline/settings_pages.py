"""Settings → Pipeline: the stages, their order, and what happens to the leads of one that is deleted."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from crm.accounts import auth
from crm.kernel import views
from crm.kernel.errors import BadRequestError, ConflictError, PreconditionFailedError
from crm.kernel.http.forms import Draft, draft
from crm.kernel.http.request import ANY_VERSION, Request
from crm.records import leads, stages
from crm.records.base import controls, labels
from crm.records.stages import ChangeStage, NewStage
from crm.workspace.pipeline.forms import DeleteStage, EditStage, ShiftStage
from crm.workspace.pipeline.stage_actions import delete_stage, restore_stage

URL = "/settings/pipeline"
FIELDS = ("name", "probability", "stale_days")


async def list_all(request: Request) -> Response:
    """The stages in their order, and the form of a new one."""
    return await _list(request, Draft({"probability": 50, "stale_days": 14}))


async def create(request: Request) -> Response:
    """Add a stage as the last open one."""
    posted = await draft(request, NewStage)

    async def add() -> str:
        return (await stages.create(conn, form, by=request.actor)).key

    with posted.collect_errors(conflict="name"):
        form = posted.require_form()
        async with request.db.transaction() as conn:
            await auth.post_once(request, conn, add)
        return views.redirect_with_toast(URL, f"{form.name} added.")
    return await _list(request, posted)


async def show(request: Request) -> Response:
    """One stage: its form, and the form that deletes it."""
    return await _show(request)


async def change(request: Request) -> Response:
    """Save a stage, unless somebody else has just changed it."""
    posted = await draft(request, EditStage)
    try:
        with posted.collect_errors():
            form = posted.require_form()
            async with request.db.transaction() as conn:
                stage = await stages.lock(conn, request.id, form.version)
                values = {name: getattr(form, name) for name in FIELDS if stage.kind == "open" or name == "name"}
                await stages.change(conn, stage, ChangeStage(**values), by=request.actor)
            return views.redirect_with_toast(URL, "Saved.")
    except PreconditionFailedError:
        posted.add_conflict("name", "Somebody else has just changed this stage. Check the values and save again.")
    return await _show(request, posted)


async def shift(request: Request) -> Response:
    """Move a stage one place up or down."""
    form = (await draft(request, ShiftStage)).form
    if form is None:
        raise BadRequestError("This form names no direction. Reload the page and try again.")
    async with request.db.transaction() as conn:
        stage = await stages.lock(conn, request.id, ANY_VERSION)
        position = stage.position + (1 if form.by == "down" else -1)
        if position > 0:
            await stages.change(conn, stage, ChangeStage(position=position), by=request.actor)
    return views.redirect_with_toast(f"{URL}#stage-{stage.id}")


async def remove(request: Request) -> Response:
    """Delete a stage; its leads move to the chosen one."""
    posted = await draft(request, DeleteStage)
    with posted.collect_errors(conflict="move_to"):
        async with request.db.transaction() as conn:
            stage = await stages.lock(conn, request.id, ANY_VERSION)
            form = posted.require_form()
            number = await delete_stage(conn, stage, form.move_to, by=request.actor)
        moved = f" {views.plural(number, 'lead')} moved to {stages.current().name_of(form.move_to)}." if number else ""
        return views.redirect_with_toast(URL, f"{stage.name} deleted.{moved}")
    return await _show(request, deletion=posted)


async def restore(request: Request) -> Response:
    """Bring a deleted stage back, with the leads that nobody has moved since."""
    async with request.db.transaction() as conn:
        stage, number = await restore_stage(conn, request.id, by=request.actor)
    moved = f" {views.plural(number, 'lead')} moved back." if number else ""
    return views.redirect_with_toast(URL, f"{stage.name} restored.{moved}")


async def _list(request: Request, posted: Draft[Any]) -> Response:
    async with request.db.connection() as conn:
        every = await stages.list_all(conn)
        counts = await leads.count_by_status(conn)
    return views.page(
        request, "pipeline/stages.html", draft=posted, counts=counts,
        stages=[stage for stage in every if stage.deleted_at is None],
        deleted=[stage for stage in every if stage.deleted_at is not None],
        controls=controls(NewStage, FIELDS), labels=labels(NewStage),
    )  # fmt: skip


async def _show(request: Request, posted: Draft[Any] | None = None, *, deletion: Draft[Any] | None = None) -> Response:
    async with request.db.connection() as conn:
        stage = await stages.get(conn, request.id)
        number = await leads.count_in_stage(conn, stage.key)
        pipeline = await stages.read(conn)
    others = [(each.key, each.name) for each in pipeline.open if each.id != stage.id]
    try:
        stages.check_deletion(stage)
        kept = ""
    except ConflictError as error:
        kept = error.detail
    return views.page(
        request, "pipeline/stage.html", status=deletion.status if deletion else None, stage=stage,
        number=number, others=others, kept=kept, draft=posted or Draft(msgspec.structs.asdict(stage)),
        controls=controls(NewStage, FIELDS if stage.kind == "open" else FIELDS[:1]), labels=labels(NewStage),
        delete_errors=deletion.errors if deletion else {},
    )  # fmt: skip
