"""The pages that list, create and revoke API keys."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from starlette.responses import Response

from crm.accounts import auth
from crm.accounts.api_keys import actions, forms, key_cache, queries
from crm.accounts.api_keys.models import READ_ONLY, RESOURCES, SCOPES, ApiKey
from crm.kernel import clock, views
from crm.kernel.http.forms import Draft, draft
from crm.kernel.http.request import Request


async def list_all(request: Request) -> Response:
    """List all keys."""
    async with request.db.connection() as connection:
        keys = await queries.list_keys(connection)
    return views.page(request, "api_keys/list.html", keys=[(key, key_status(key)) for key in keys])


async def new(request: Request) -> Response:
    """Show the form of a new key."""
    return _render_form(request, Draft({"name": "", "scopes": [], "expires": "90"}))


async def create(request: Request) -> Response:
    """Create a key and show its secret. There is no redirect, because the secret is not stored.

    A form that is sent twice creates one key, and both responses show it.
    """
    posted = await draft(request, forms.NewKey)
    body = await request.body()
    make_secret = partial(_repeat_secret, request, body.decode(errors="replace"))

    async def add() -> str:
        expires_at = None if form.expires == "never" else clock.now() + timedelta(days=int(form.expires))
        created, _ = await actions.create(
            connection, name=form.name, scopes=form.scopes, by=request.actor, expires_at=expires_at,
            make_secret=make_secret,
        )  # fmt: skip
        return f"/settings/keys/{created.id}"

    with posted.collect_errors():
        form = posted.require_form()
        async with request.db.transaction() as connection:
            location = await auth.post_once(request, connection, add)
            key = await actions.get(connection, int(location.rpartition("/")[2]))
        return views.page(request, "api_keys/created.html", status=201, key=key, secret=make_secret(key.created_at))
    return _render_form(request, posted)


async def show(request: Request) -> Response:
    """Show one key."""
    async with request.db.connection() as connection:
        key = await actions.get(connection, request.id)
    return _render_key(request, key)


async def revoke(request: Request) -> Response:
    """Revoke a key if its name was typed."""
    posted = await draft(request, forms.Revoke)
    async with request.db.transaction() as connection:
        key = await actions.get(connection, request.id)
        if posted.form is None or posted.form.name != key.name:
            return _render_key(request, key, error=f"Type the name exactly: {key.name}", status=422)
        await actions.revoke(connection, key, by=request.actor)
    key_cache.forget(request.db, key.id)
    return views.redirect_with_toast("/settings/keys", f"Key “{key.name}” revoked.")


def key_status(key: ApiKey) -> str:
    """`revoked`, `expired` or `active`."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= clock.now() else "active"


def _repeat_secret(request: Request, body: str, at: datetime) -> str:
    """The secret of the key that this form created at that moment.

    Nothing of it is stored. Nobody can compute it without the session secret and the random field `once` of the form.
    """
    parts = ("api key", str(request.actor.id), at.isoformat(), body)
    return actions.PREFIX + urlsafe_b64encode(request.app_context.digest(*parts)).decode().rstrip("=")


def _render_form(request: Request, posted: Draft[Any]) -> Response:
    return _page(request, "new.html", draft=posted)


def _render_key(request: Request, key: ApiKey, *, error: str = "", status: int = 200) -> Response:
    errors = {"name": error} if error else {}
    return _page(request, "show.html", status=status, key=key, state=key_status(key), errors=errors)


def _page(request: Request, name: str, **values: Any) -> Response:
    return views.page(request, f"api_keys/{name}", resources=(*RESOURCES, *READ_ONLY), scopes=SCOPES, **values)
