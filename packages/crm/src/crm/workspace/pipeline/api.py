"""The stages in the API."""

from __future__ import annotations

from starlette.responses import Response

from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request
from crm.records import stages
from crm.records.base import Record
from crm.records.stages import ChangeStage, NewStage
from crm.workspace.pipeline.board import read_board
from crm.workspace.pipeline.forms import BoardFilter, DeleteStage
from crm.workspace.pipeline.stage_actions import delete_stage, restore_stage

RECORD = Record(
    noun="stage", plural="stages", table=stages.TABLE, filter=stages.StageFilter, new=NewStage, changes=ChangeStage,
    create=stages.create, change=stages.change, delete=delete_stage, restore=restore_stage, permission="manage",
)  # fmt: skip


async def show_board(request: Request) -> Response:
    """The board, or the next leads of one stage."""
    query = forms.parse_query(request, BoardFilter, strict=True)
    async with request.db.connection() as conn:
        board = await read_board(conn, query)
    return responses.json(board)


async def remove(request: Request) -> Response:
    """Delete a stage; its leads move to another one."""
    version = request.expected_version()
    form = forms.parse_query(request, DeleteStage, strict=True)
    async with request.db.transaction() as conn:
        stage = await stages.lock(conn, request.id, version)
        await delete_stage(conn, stage, form.move_to, by=request.actor)
    return responses.nothing()
