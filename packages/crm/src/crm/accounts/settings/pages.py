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
    "weekly_hours": "Hours per person and week",
}


async def show(request: Request) -> Response:
    """Show the settings of the organization."""
    return await _page(request, "show.html")


async def change(request: Request) -> Response:
    """Change the settings of the organization."""
    posted = await draft(request, forms.Organization)
    if posted.form is not None:
        for field, message in posted.form.find_errors().items():
            posted.add_error(field, message)
    return await _save(request, posted, "/settings", "show.html")


async def show_data(request: Request) -> Response:
    """Show how long data is kept, and where else it is."""
    return await _page(request, "data.html")


async def change_retention(request: Request) -> Response:
    """Change how long data is kept."""
    return await _save(request, await draft(request, forms.Retention), "/settings/data", "data.html")


async def search(request: Request) -> Response:
    """Find a page of the settings. The list of pages is in `settings_nav.html`."""
    return views.page(request, "settings/search.html", query=parse_query(request, forms.Search).q.strip())


async def _save(request: Request, posted: Draft[Any], url: str, template: str) -> Response:
    """Store the values of a form, and leave the other settings as they are."""
    if posted.form is None or posted.errors:
        return await _page(request, template, posted)
    async with request.db.transaction() as connection:
        wanted = msgspec.structs.replace(await actions.read(connection), **msgspec.structs.asdict(posted.form))
        changed = await actions.change(connection, wanted, request.actor)
    return views.redirect_with_toast(url, "Settings saved." if changed else "Nothing changed.")


async def _page(request: Request, template: str, posted: Draft[Any] | None = None) -> Response:
    async with request.db.connection() as connection:
        shown = posted or Draft(msgspec.structs.asdict(await actions.read(connection)))
        changes = await queries.list_changes(connection)
        users = {user.id: user.name for user in await auth.list_users(connection)}
    return views.page(
        request, f"settings/{template}", draft=shown, changes=changes, users=users, names=NAMES,
        zones=forms.list_time_zones(),
    )  # fmt: skip
