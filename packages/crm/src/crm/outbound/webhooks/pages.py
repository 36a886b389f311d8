"""The pages where people add webhooks and see what became of each message."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from crm.accounts import auth
from crm.event_names import EventName, group_by_record
from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.http import forms
from crm.kernel.http.request import ANY_VERSION, Request
from crm.outbound.deliveries import TargetPages, post_once
from crm.outbound.webhooks import actions, deliveries, queries
from crm.outbound.webhooks.forms import DeliveryFilter, EditWebhook, NewWebhook
from crm.outbound.webhooks.models import Webhook

URL = "/settings/webhooks"
LABELS = {name.value: name.label for name in EventName}
FORM: TargetPages[Webhook] = TargetPages(
    url=URL,
    template="webhooks/form.html",
    new_values={"events": [EventName.LEAD_CREATED]},
    extras={"events": LABELS, "event_groups": group_by_record(EventName)},
    table=actions.TABLE,
)
new, edit, remove = FORM.new, FORM.edit, FORM.remove


async def list_all(request: Request) -> Response:
    """All webhooks, each with the result of its last message."""
    async with request.db.connection() as conn:
        rows = await queries.list_overview(conn)
    return views.page(request, "webhooks/list.html", rows=rows)


async def create(request: Request) -> Response:
    """Add a webhook and show its secret, only now."""

    async def insert(conn: Connection, form: NewWebhook) -> Response:
        created: list[tuple[Webhook, str]] = []

        async def add() -> str:
            created.append(await actions.create(conn, request.app_context, form, by=request.actor))
            return f"{URL}/{created[0][0].id}"

        location = await auth.post_once(request, conn, add)
        if created:
            return _show_secret(request, *created[0], status=201)
        return views.redirect_with_toast(location, "This webhook was added already. Its secret was shown once.")

    return await FORM.create(request, NewWebhook, insert)


async def show(request: Request) -> Response:
    """One webhook and what was sent to it."""
    filters = forms.parse_query(request, DeliveryFilter)
    async with request.db.connection() as conn:
        webhook = await actions.get(conn, request.id)
        page = await deliveries.list_deliveries(conn, webhook.id, filters)
        waiting = await queries.count_pending(conn, webhook.id)
    return views.page(
        request, "webhooks/show.html", webhook=webhook, page=page, waiting=waiting,
        state=filters.state[0] if filters.state else "", events=LABELS,
    )  # fmt: skip


async def change(request: Request) -> Response:
    """Save the form."""

    async def update(conn: Connection, form: EditWebhook) -> Response:
        webhook = await actions.lock(conn, request.id, form.version)
        await actions.change(conn, request.app_context, webhook, form, by=request.actor)
        return views.redirect_with_toast(f"{URL}/{webhook.id}", "Saved.")

    return await FORM.change(request, EditWebhook, update)


async def pause(request: Request) -> Response:
    """Pause it: messages wait."""
    async with request.db.transaction() as conn:
        webhook = await _lock_webhook(conn, request)
        await actions.pause(conn, webhook, by=request.actor)
    return views.redirect_with_toast(
        f"{URL}/{webhook.id}", "Paused. New messages wait.", undo=f"{URL}/{webhook.id}/resume"
    )


async def resume(request: Request) -> Response:
    """Resume it: what waits is sent."""
    async with request.db.transaction() as conn:
        webhook = await _lock_webhook(conn, request)
        await actions.resume(conn, webhook, by=request.actor)
    return views.redirect_with_toast(f"{URL}/{webhook.id}", "Resumed. Waiting messages are on their way.")


async def rotate(request: Request) -> Response:
    """Make a new secret and show it, only now."""
    rotated: list[tuple[Webhook, str]] = []

    async def rotate_secret() -> str:
        webhook = await _lock_webhook(conn, request)
        rotated.append(await actions.rotate_secret(conn, request.app_context, webhook, by=request.actor))
        return f"{URL}/{webhook.id}"

    async with request.db.transaction() as conn:
        location = await auth.post_once(request, conn, rotate_secret)
    if rotated:
        return _show_secret(request, *rotated[0])
    return views.redirect_with_toast(location, "The secret was rotated already. It was shown once.")


async def send_test(request: Request) -> Response:
    """Send a test message and show its delivery."""

    async def send(conn: Connection) -> str:
        webhook = await actions.get(conn, request.id)
        delivery = await deliveries.send_test(conn, webhook)
        return f"{URL}/{webhook.id}/deliveries/{delivery.id}"

    return await post_once(request, send, "The test is on its way.")


async def show_delivery(request: Request) -> Response:
    """One message: what is sent, and every response."""
    async with request.db.connection() as conn:
        webhook = await actions.get(conn, request.id)
        delivery = await deliveries.get(conn, webhook.id, request.number("delivery"))
    return views.page(
        request, "webhooks/delivery.html", block="outcome", webhook=webhook, delivery=delivery, events=LABELS,
        body=msgspec.json.format(delivery.body or "", indent=2),
    )  # fmt: skip


async def redeliver(request: Request) -> Response:
    """Send a message again."""

    async def send(conn: Connection) -> str:
        webhook = await actions.get(conn, request.id)
        delivery = await deliveries.redeliver(conn, webhook, request.number("delivery"))
        return f"{URL}/{webhook.id}/deliveries/{delivery.id}"

    return await post_once(request, send, "Sent again.")


async def _lock_webhook(conn: Connection, request: Request) -> Webhook:
    return await actions.lock(conn, request.id, ANY_VERSION)


def _show_secret(request: Request, webhook: Webhook, secret: str, *, status: int = 200) -> Response:
    return views.page(request, "webhooks/secret.html", status=status, webhook=webhook, secret=secret)
