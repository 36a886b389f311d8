"""The settings page."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from crm.accounts import auth
from crm.accounts.settings import actions, forms, queries
from crm.kernel import views
from crm.kernel.http.forms import Draft, draft, parse_query
from crm.kernel.http.request import Request

NAMES = {
    "organization_name": "Name",
    "time_zone": "Time zone",
    "currency": "Currency",
    "quarantine_days": "Keep possible spam for (days)",
    "delivery_days": "Keep delivery history for (days)",
    "audit_days": "Keep the audit log for (days)",
}


async def show(request: Request) -> Response:
    """Show the settings."""
    return await _page(request)


async def search(request: Request) -> Response:
    """Find a page of the settings. The list of pages is in `settings_nav.html`."""
    return views.page(request, "settings/search.html", query=parse_query(request, forms.Search).q.strip())


async def change(request: Request) -> Response:
    """Change the settings."""
    posted = await draft(request, forms.Change)
    if posted.form is not None:
        for field, message in forms.find_errors(posted.form).items():
            posted.add_error(field, message)
    if posted.form is None or posted.errors:
        return await _page(request, posted, status=422)
    async with request.db.transaction() as connection:
        changed = await actions.change(connection, posted.form.values(), request.actor)
    return views.redirect_with_toast("/settings", "Settings saved." if changed else "Nothing changed.")


async def _page(request: Request, posted: Draft[Any] | None = None, *, status: int = 200) -> Response:
    async with request.db.connection() as connection:
        values = posted.values if posted else msgspec.structs.asdict(await actions.read(connection))
        changes = await queries.list_changes(connection)
        users = {user.id: user.name for user in await auth.list_users(connection)}
    return views.page(
        request,
        "settings/show.html",
        status=status,
        values=values,
        errors=posted.errors if posted else {},
        changes=changes,
        users=users,
        names=NAMES,
        zones=forms.list_time_zones(),
    )
