"""The pages where people add receivers and see what became of each message."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.errors import PreconditionFailedError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import ANY_VERSION, Request
from crm.webhooks import actions, queries
from crm.webhooks.deliveries import actions as deliveries
from crm.webhooks.deliveries import queries as outbox
from crm.webhooks.forms import DeliveryAsk, EditWebhook, NewWebhook
from crm.webhooks.models import EVENTS, Webhook

HERE = "/settings/webhooks"


async def list_all(request: Request) -> Response:
    """All receivers, each with how its last message went."""
    async with request.db.connection() as conn:
        rows = await queries.overview(conn)
    return views.page(request, "webhooks/list.html", rows=rows)


async def new(request: Request) -> Response:
    """The form for a receiver."""
    return _form(request, Draft({"events": ["lead.created"]}, {}, None))


async def create(request: Request) -> Response:
    """Add a receiver and show its secret, this once."""
    given = await forms.draft(request, NewWebhook)
    if given.form is not None:
        try:
            async with request.db.transaction() as conn:
                webhook, secret = await actions.create(conn, request.app_context, given.form)
            return _secret(request, webhook, secret, status=201)
        except ValidationError as trouble:
            _blame(given, trouble)
    return _form(request, given, status=422)


async def show(request: Request) -> Response:
    """One receiver and what was sent to it."""
    ask = forms.parse_query(request, DeliveryAsk)
    async with request.db.connection() as conn:
        webhook = await actions.get(conn, request.id)
        page = await deliveries.list_deliveries(conn, webhook.id, ask)
        waiting = len(await outbox.waiting(conn, webhook.id))
    return views.page(
        request, "webhooks/show.html", webhook=webhook, page=page, waiting=waiting,
        state=ask.state[0] if ask.state else "", events=EVENTS,
    )  # fmt: skip


async def edit(request: Request) -> Response:
    """The form that changes a receiver."""
    async with request.db.connection() as conn:
        webhook = await actions.get(conn, request.id)
    return _form(request, Draft(msgspec.structs.asdict(webhook), {}, None), webhook)


async def change(request: Request) -> Response:
    """Change a receiver; when somebody else did meanwhile, show both and lose nothing."""
    given = await forms.draft(request, EditWebhook)
    async with request.db.connection() as conn:
        current = await actions.get(conn, request.id)
    if given.form is None:
        return _form(request, given, current, status=422)
    try:
        async with request.db.transaction() as conn:
            webhook = await actions.lock(conn, current.id, given.form.version)
            await actions.change(conn, request.app_context, webhook, given.form, by=request.actor)
    except ValidationError as trouble:
        _blame(given, trouble)
        return _form(request, given, current, status=422)
    except PreconditionFailedError:
        return _form(request, given, current, status=409)
    return views.redirect_with_toast(f"{HERE}/{current.id}", "Saved.")


async def pause(request: Request) -> Response:
    """Hold back what goes to it."""
    async with request.db.transaction() as conn:
        webhook = await _lock_webhook(conn, request)
        await actions.pause(conn, webhook, by=request.actor)
    return views.redirect_with_toast(
        f"{HERE}/{webhook.id}", "Paused. What happens meanwhile waits.", undo=f"{HERE}/{webhook.id}/resume"
    )


async def resume(request: Request) -> Response:
    """Let what waits go out."""
    async with request.db.transaction() as conn:
        webhook = await _lock_webhook(conn, request)
        await actions.resume(conn, webhook)
    return views.redirect_with_toast(f"{HERE}/{webhook.id}", "Resumed. What waited is on its way.")


async def rotate(request: Request) -> Response:
    """A new secret, shown this once."""
    async with request.db.transaction() as conn:
        webhook, secret = await actions.rotate(conn, request.app_context, await _lock_webhook(conn, request))
    return _secret(request, webhook, secret)


async def remove(request: Request) -> Response:
    """Remove a receiver and its history, once its name was typed."""
    typed = dict(await forms.read_form(request)).get("name", "").strip()
    async with request.db.transaction() as conn:
        webhook = await _lock_webhook(conn, request)
        if typed != webhook.name:
            fault = {"name": f"Type the name as it stands here: {webhook.name}"}
            return _form(request, Draft(msgspec.structs.asdict(webhook), {}, None), webhook, status=422, removing=fault)
        await actions.remove(conn, webhook)
    return views.redirect_with_toast(HERE, f"The receiver “{webhook.name}” is gone.")


async def send_test(request: Request) -> Response:
    """Send a test message and go to where its fate is seen."""
    async with request.db.transaction() as conn:
        webhook = await actions.get(conn, request.id)
        delivery = await deliveries.send_test(conn, webhook)
    return views.redirect_with_toast(f"{HERE}/{webhook.id}/deliveries/{delivery.id}", "The test is on its way.")


async def show_delivery(request: Request) -> Response:
    """One message: what was sent, and every answer."""
    async with request.db.connection() as conn:
        webhook = await actions.get(conn, request.id)
        delivery = await deliveries.get(conn, webhook.id, request.number("delivery"))
    return views.page(
        request, "webhooks/delivery.html", block="fate", webhook=webhook, delivery=delivery,
        events=EVENTS,
        body=msgspec.json.format(delivery.body, indent=2),
    )  # fmt: skip


async def redeliver(request: Request) -> Response:
    """Send a message once more."""
    async with request.db.transaction() as conn:
        webhook = await actions.get(conn, request.id)
        delivery = await deliveries.redeliver(conn, webhook, request.number("delivery"))
    return views.redirect_with_toast(f"{HERE}/{webhook.id}/deliveries/{delivery.id}", "On its way again.")


async def _lock_webhook(conn: Connection, request: Request) -> Webhook:
    return await actions.lock(conn, request.id, ANY_VERSION)


def _blame(given: Draft[Any], trouble: ValidationError) -> None:
    for fault in trouble.faults:
        given.blame(fault.field, fault.message)


def _secret(request: Request, webhook: Webhook, secret: str, *, status: int = 200) -> Response:
    return views.page(request, "webhooks/secret.html", status=status, webhook=webhook, secret=secret)


def _form(
    request: Request,
    given: Draft[Any],
    current: Webhook | None = None,
    *,
    status: int = 200,
    removing: dict[str, str] | None = None,
) -> Response:
    return views.page(
        request, "webhooks/form.html", status=status, values=given.values, faults=given.faults, webhook=current,
        events=EVENTS, stale=status == 409, removing=removing or {},
    )  # fmt: skip
