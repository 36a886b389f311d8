"""The Pipeline page: open leads as cards, a column for each open stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from markupsafe import Markup
from starlette.responses import Response

from crm.accounts import auth
from crm.kernel import clock, views
from crm.kernel.errors import ValidationError
from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request
from crm.records import stages
from crm.records.common import WHOSE_PARAMETER, read_whose, remember_whose
from crm.values.formats import format_totals, initials
from crm.workspace.pipeline.board import read_board
from crm.workspace.pipeline.forms import BoardFilter
from crm.workspace.pipeline.models import Card, Column

PATH = "/pipeline"


async def show(request: Request) -> Response:
    """The board; for htmx only the columns. A filter with a wrong value is named and left out.

    A choice of mine or everybody's is remembered, and the next visit follows it.
    """
    asked = dict(request.asked)
    chosen = read_whose(request)
    if WHOSE_PARAMETER in asked:
        kept = {name: value for name, value in asked.items() if name not in (WHOSE_PARAMETER, "owner_id", "after")}
        return remember_whose(request, responses.see_other(_url(kept)), chosen)
    query, errors = _read_query(request)
    shown = query
    if query.owner_id is None and chosen == "mine":
        shown = msgspec.structs.replace(query, owner_id=request.actor.id)
    async with request.db.connection() as conn:
        try:
            # Phones show one stage, the other columns are beside it where there is room.
            one_page = shown if shown.after else msgspec.structs.replace(shown, stage="")
            board = await read_board(conn, one_page)
        except ValidationError as error:
            errors |= {each.field: each.message for each in error.errors}
            board = await read_board(conn, msgspec.structs.replace(shown, stage="", after=None))
        users = {user.id: user.name for user in await auth.list_users(conn)}
    keys, zone = [column.key for column in board.columns], views.layout_context(request).time_zone
    writes, back = views.layout_context(request).person.can("write"), _url(asked)
    return views.page(
        request, "pipeline/board.html", block="board", status=422 if errors else 200, board=board, query=query,
        shown=shown, users=users, whose="" if query.owner_id else chosen, errors=errors,
        stage=query.stage if query.stage in keys else keys[0], today=clock.today(zone),
        back=back, leads_url=_build_leads_url(shown), age_of=_measure_age, tone_of=_choose_tone,
        sums_of=_format_sums, every_stage=stages.current().stages, writes=writes,
        back_query=urlencode({"back": back}), menu_icon=request.app.state.views.icon("ellipsis"),
        faces={user_id: _draw_face(name) for user_id, name in users.items()},
    )  # fmt: skip


def _read_query(request: Request) -> tuple[BoardFilter, dict[str, str]]:
    """The query without its invalid values, and what is wrong with each."""
    values = forms.gather(request.asked, BoardFilter)
    try:
        return forms.parse(values, BoardFilter, typed=False), {}
    except ValidationError as error:
        errors = {each.field: each.message for each in error.errors}
    right = {name: value for name, value in values.items() if name not in errors}
    return forms.parse(right, BoardFilter, typed=False), errors


def _url(values: Mapping[str, str]) -> str:
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{PATH}?{query}" if query else PATH


def _build_leads_url(query: BoardFilter) -> Any:
    """A function that gives the list of the leads that a column counts."""
    filters: dict[str, str] = {"segment": "counted"}
    if query.owner_id is not None:
        filters["owner_id"] = str(query.owner_id)
    if query.has_next_action is not None:
        filters["has_next_action"] = "true" if query.has_next_action else "false"
    return lambda key: f"/leads?{urlencode({'status': key, **filters})}"


def _draw_face(name: str) -> Markup:
    """The initials of an owner, drawn once for all cards."""
    return Markup(
        '<span class="avatar" title="{}" aria-hidden="true">{}</span><span class="visually-hidden">{}</span>'
    ).format(name, initials(name), name)


def _format_sums(column: Column, name: str) -> str:
    """A column's value or weighted value, each currency by itself; the weighted one without cents."""
    return format_totals((each.currency, round(getattr(each, name))) for each in column.values)


def _measure_age(card: Card) -> int:
    """For how many whole days the lead has been in its stage."""
    return max(0, (clock.now() - card.status_at).days)


def _choose_tone(column: Column, days: int) -> str:
    """How the bar of a card's age looks: amber from half of the stage's days on, red from all of them on."""
    if not column.stale_days or days * 2 < column.stale_days:
        return ""
    return "bad" if days >= column.stale_days else "warn"
