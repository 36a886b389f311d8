"""The stages in the API."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.request import Request
from crm.records import stages
from crm.records.stages import ChangeStage, NewStage, Stage
from crm.workspace.pipeline.forms import DeleteStage
from crm.workspace.pipeline.stage_actions import delete_stage


class StageFilter(msgspec.Struct, frozen=True):
    """The list of stages takes no parameters."""


class StageList(msgspec.Struct, frozen=True):
    """All stages in their order: the open ones, then Won and Lost."""

    data: list[Stage]


async def list_all(request: Request) -> Response:
    """The stages, in their order."""
    forms.parse_query(request, StageFilter, strict=True)
    async with request.db.connection() as conn:
        listed = [stage for stage in await stages.list_all(conn) if stage.deleted_at is None]
    return responses.json(StageList(listed))


async def create(request: Request) -> Response:
    """Add an open stage; with an Idempotency-Key, once."""
    form = await forms.read(request, NewStage)
    async with request.db.transaction() as conn:
        created = await run_once(request, conn, lambda: stages.create(conn, form, by=request.actor), stages.get)
    return responses.record(created, created.version, 201, f"/api/v1/stages/{created.id}")


async def show(request: Request) -> Response:
    """One stage."""
    async with request.db.connection() as conn:
        stage = await stages.get(conn, request.id)
    return responses.record(stage, stage.version)


async def change(request: Request) -> Response:
    """Rename, reorder or re-rate a stage."""
    version = request.expected_version()
    form = await forms.read(request, ChangeStage)
    async with request.db.transaction() as conn:
        stage = await stages.lock(conn, request.id, version)
        changed = await stages.change(conn, stage, form, by=request.actor)
    return responses.record(changed, changed.version)


async def remove(request: Request) -> Response:
    """Delete a stage; its leads move to another one."""
    version = request.expected_version()
    form = forms.parse_query(request, DeleteStage, strict=True)
    async with request.db.transaction() as conn:
        stage = await stages.lock(conn, request.id, version)
        await delete_stage(conn, stage, form.move_to, by=request.actor)
    return responses.nothing()
