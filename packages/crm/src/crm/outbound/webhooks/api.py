"""Webhook endpoints for programs."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from crm.kernel.http import forms, responses
from crm.kernel.http.idempotency import run_once
from crm.kernel.http.request import Request
from crm.outbound.webhooks import actions, deliveries
from crm.outbound.webhooks.forms import ChangeWebhook, DeliveryFilter, NewWebhook, WebhookFilter
from crm.outbound.webhooks.models import CreatedWebhook, Webhook


async def list_all(request: Request) -> Response:
    """Webhooks, newest first."""
    filters = forms.parse_query(request, WebhookFilter, strict=True)
    async with request.db.connection() as conn:
        return responses.json(await actions.list_webhooks(conn, filters))


async def create(request: Request) -> Response:
    """Add a webhook; with an Idempotency-Key, once. Only this response holds its secret."""
    form = await forms.read(request, NewWebhook)

    async def insert() -> Webhook:
        return (await actions.create(conn, request.app_context, form))[0]

    async with request.db.transaction() as conn:
        webhook = await run_once(request, conn, insert, actions.get)
        secret = await actions.read_secret(conn, request.app_context, webhook)
    created = CreatedWebhook(**msgspec.structs.asdict(webhook), secret=secret)
    return responses.record(created, webhook.version, 201, f"/api/v1/webhooks/{webhook.id}")


async def show(request: Request) -> Response:
    """One webhook."""
    async with request.db.connection() as conn:
        webhook = await actions.get(conn, request.id)
    return responses.record(webhook, webhook.version)


async def change(request: Request) -> Response:
    """Change a webhook, pause it or resume it."""
    form = await forms.read(request, ChangeWebhook)
    version = request.expected_version()
    async with request.db.transaction() as conn:
        locked = await actions.lock(conn, request.id, version)
        webhook = await actions.change(conn, request.app_context, locked, form, by=request.actor)
    return responses.record(webhook, webhook.version)


async def remove(request: Request) -> Response:
    """Delete a webhook with its deliveries."""
    version = request.expected_version()
    async with request.db.transaction() as conn:
        await actions.remove(conn, await actions.lock(conn, request.id, version))
    return responses.nothing()


async def list_deliveries(request: Request) -> Response:
    """The deliveries of a webhook, newest first, with every attempt."""
    filters = forms.parse_query(request, DeliveryFilter, strict=True)
    async with request.db.connection() as conn:
        webhook = await actions.get(conn, request.id)
        return responses.json(await deliveries.list_deliveries(conn, webhook.id, filters))


async def redeliver(request: Request) -> Response:
    """Send a message again."""
    async with request.db.transaction() as conn:
        webhook = await actions.get(conn, request.id)
        delivery = await deliveries.redeliver(conn, webhook, request.number("delivery"))
    return responses.json(delivery, 202)


async def send_test(request: Request) -> Response:
    """Send a test message, even to a paused webhook."""
    async with request.db.transaction() as conn:
        webhook = await actions.get(conn, request.id)
        delivery = await deliveries.send_test(conn, webhook)
    return responses.json(delivery, 202)
