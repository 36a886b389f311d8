"""The pages where people make, look over and revoke keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from crm.apikeys import actions, forms, key_cache, queries
from crm.apikeys.models import ROOMS, ApiKey
from crm.kernel import clock, views
from crm.kernel.errors import ValidationError
from crm.kernel.http.forms import Draft, draft
from crm.kernel.http.request import Request


async def list_all(request: Request) -> Response:
    """All keys."""
    async with request.db.connection() as connection:
        keys = await queries.everything(connection)
    return views.page(request, "apikeys/list.html", keys=[(key, state_of(key)) for key in keys])


async def new(request: Request) -> Response:
    """The form for a key."""
    return _form(request, Draft({"name": "", "scopes": [], "expires": "90"}, {}, None))


async def create(request: Request) -> Response:
    """Make a key and show it, this once: what is not stored cannot be shown after a redirect."""
    given = await draft(request, forms.NewKey)
    if given.form is None:
        return _form(request, given, status=422)
    form = given.form
    expires_at = None if form.expires == "never" else clock.now() + timedelta(days=int(form.expires))
    try:
        async with request.db.transaction() as connection:
            key, secret = await actions.create(
                connection, name=form.name, scopes=form.scopes, by=request.actor, expires_at=expires_at
            )
    except ValidationError as trouble:
        for fault in trouble.faults:
            given.blame(fault.field, fault.message)
        return _form(request, given, status=422)
    return views.page(request, "apikeys/created.html", status=201, key=key, secret=secret)


async def show(request: Request) -> Response:
    """One key, and where it can be revoked."""
    async with request.db.connection() as connection:
        key = await actions.get(connection, request.id)
    return _record(request, key)


async def revoke(request: Request) -> Response:
    """Let a key hold no longer, once its name was typed."""
    given = await draft(request, forms.Revoke)
    async with request.db.transaction() as connection:
        key = await actions.get(connection, request.id)
        if given.form is None or given.form.name != key.name:
            return _record(request, key, fault=f"Type the name as it stands here: {key.name}", status=422)
        await actions.revoke(connection, key)
    key_cache.forget(request.db, key.id)
    return views.redirect_with_toast("/settings/keys", f"The key “{key.name}” is revoked.")


def state_of(key: ApiKey) -> str:
    """`revoked`, `expired` or `active`."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= clock.now() else "active"


def _form(request: Request, given: Draft[Any], *, status: int = 200) -> Response:
    return views.page(request, "apikeys/new.html", status=status, values=given.values, faults=given.faults, rooms=ROOMS)


def _record(request: Request, key: ApiKey, *, fault: str = "", status: int = 200) -> Response:
    faults = {"name": fault} if fault else {}
    return views.page(
        request, "apikeys/show.html", status=status, key=key, state=state_of(key), rooms=ROOMS, faults=faults
    )
