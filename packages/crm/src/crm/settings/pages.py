"""The page of the settings."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.http.forms import Draft, draft
from crm.kernel.http.request import Request
from crm.settings import actions, forms, queries

NAMES = {
    "organization_name": "Name",
    "time_zone": "Time zone",
    "currency": "Currency",
    "quarantine_days": "Keep suspected spam for",
    "delivery_days": "Keep delivery history for",
}


async def show(request: Request) -> Response:
    """The settings."""
    return await _page(request)


async def change(request: Request) -> Response:
    """Change the settings, noting who changed which."""
    given = await draft(request, forms.Change)
    if given.form is not None:
        for field, said in forms.faults_of(given.form).items():
            given.blame(field, said)
    if given.form is None or given.faults:
        return await _page(request, given, status=422)
    async with request.db.transaction() as connection:
        changed = await actions.change(connection, given.form.values(), request.actor)
    return views.redirect_with_toast("/settings", "Saved." if changed else "Nothing was different.")


async def _page(request: Request, given: Draft[Any] | None = None, *, status: int = 200) -> Response:
    async with request.db.connection() as connection:
        values = given.values if given else msgspec.structs.asdict(await actions.read(connection))
        changes = await queries.changes(connection)
    return views.page(
        request,
        "settings/show.html",
        status=status,
        values=values,
        faults=given.faults if given else {},
        changes=sorted(changes.values(), key=lambda change: change.at, reverse=True),
        names=NAMES,
        zones=forms.zones(),
    )
