"""Receivers for programs."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.request import Request
from crm.webhooks import actions
from crm.webhooks.deliveries import actions as deliveries
from crm.webhooks.forms import ChangeWebhook, DeliveryAsk, NewWebhook, WebhookFilter
from crm.webhooks.models import NewlyMade, Webhook


async def list_all(request: Request) -> Response:
    """Receivers, newest first."""
    ask = forms.parse_query(request, WebhookFilter, strict=True)
    async with request.db.connection() as conn:
        return responses.json(await actions.list_webhooks(conn, ask))


async def create(request: Request) -> Response:
    """A new receiver; with an Idempotency-Key, once. This answer alone holds its secret."""
    form = await forms.read(request, NewWebhook)

    async def make() -> Webhook:
        return (await actions.create(conn, request.app_context, form))[0]

    async with request.db.transaction() as conn:
        webhook = await run_once(request, conn, make, actions.get)
        secret = await actions.secret_of(conn, request.app_context, webhook)
    made = NewlyMade(**msgspec.structs.asdict(webhook), secret=secret)
    return responses.record(made, webhook.version, 201, f"/api/v1/webhooks/{webhook.id}")


async def show(request: Request) -> Response:
    """One receiver."""
    async with request.db.connection() as conn:
        webhook = await actions.get(conn, request.id)
    return responses.record(webhook, webhook.version)


async def change(request: Request) -> Response:
    """Change a receiver, pause it or resume it."""
    form = await forms.read(request, ChangeWebhook)
    version = request.expected_version()
    async with request.db.transaction() as conn:
        held = await actions.lock(conn, request.id, version)
        webhook = await actions.change(conn, request.app_context, held, form, by=request.actor)
    return responses.record(webhook, webhook.version)


async def remove(request: Request) -> Response:
    """Remove a receiver with its history."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        await actions.remove(conn, await actions.lock(conn, request.id, version))
    return responses.nothing()


async def list_deliveries(request: Request) -> Response:
    """What was sent to a receiver, newest first, with every attempt."""
    ask = forms.parse_query(request, DeliveryAsk, strict=True)
    async with request.db.connection() as conn:
        webhook = await actions.get(conn, request.id)
        return responses.json(await deliveries.list_deliveries(conn, webhook.id, ask))


async def redeliver(request: Request) -> Response:
    """Send a message once more; the answer tells how the delivery stands."""
    async with request.db.transaction() as conn:
        webhook = await actions.get(conn, request.id)
        delivery = await deliveries.redeliver(conn, webhook, request.number("delivery"))
        standing = await deliveries.get(conn, webhook.id, delivery.id)
    return responses.json(standing, 202)


async def send_test(request: Request) -> Response:
    """Send a test message, even to a paused receiver."""
    async with request.db.transaction() as conn:
        webhook = await actions.get(conn, request.id)
        delivery = await deliveries.send_test(conn, webhook)
        standing = await deliveries.get(conn, webhook.id, delivery.id)
    return responses.json(standing, 202)
