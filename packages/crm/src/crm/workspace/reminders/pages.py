"""The page of the signed-in user's working hours, reminders and digest."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from crm.accounts import auth, settings, working_hours
from crm.kernel import views
from crm.kernel.http.forms import Draft, draft
from crm.kernel.http.request import Request
from crm.outbound import notifications
from crm.workspace.reminders import record
from crm.workspace.reminders.record import NAMES, TABLE

DAYS = (("1", "Monday"), ("2", "Tuesday"), ("3", "Wednesday"), ("4", "Thursday"), ("5", "Friday"), ("6", "Saturday"),
        ("7", "Sunday"))  # fmt: skip


async def show(request: Request) -> Response:
    """Show the form."""
    async with request.db.connection() as conn:
        hours = await working_hours.read(conn, request.actor.id)
    return await _page(request, Draft(working_hours.read_values(hours)))


async def change(request: Request) -> Response:
    """Save the form."""
    posted = await draft(request, working_hours.Change)
    with posted.collect_errors():
        hours = posted.require_form().to_hours()
        async with request.db.transaction() as conn:
            found = await TABLE.find(conn, auth.session_of(request).user_id)
            await record.change(conn, found, record.ChangeHours(**msgspec.structs.asdict(hours)), by=request.actor)
        return views.redirect_with_toast("/reminders", "Saved.")
    return await _page(request, posted)


async def _page(request: Request, posted: Draft[working_hours.Change]) -> Response:
    async with request.db.connection() as conn:
        address = await notifications.read_personal_address(conn, views.layout_context(request).person)
    return views.page(
        request, "reminders/show.html", draft=posted, days=DAYS, names=NAMES, address=address,
        zones=settings.list_time_zones(),
    )  # fmt: skip
