"""What people and programs do with webhook endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from msgspec import UNSET

from crm.accounts.audit import AuditAction
from crm.kernel import clock
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http.paging import Page, Where
from crm.kernel.security import outbound
from crm.kernel.security.encryption import SecretBox
from crm.outbound.deliveries import TargetTable
from crm.outbound.webhooks import queries, signing
from crm.outbound.webhooks.deliveries import QUEUE
from crm.outbound.webhooks.forms import ChangeWebhook, NewWebhook, WebhookFilter
from crm.outbound.webhooks.models import ALL_EVENTS, OLD_SECRET_FOR, SECRET_REPEATED_FOR, Webhook


def _describe(webhook: Webhook) -> dict[str, Any]:
    """What the audit log keeps of an endpoint. The path of a URL can be a secret, so only its end is kept."""
    parts = urlsplit(webhook.url)
    path = parts.path if len(parts.path) < 9 and not parts.query else f"/…{webhook.url[-4:]}"
    return {"name": webhook.name, "url": f"{parts.scheme}://{parts.netloc}{path}", "events": webhook.events}


TABLE: TargetTable[Webhook] = TargetTable(
    noun="webhook", table="webhooks", build=Webhook, describe=_describe,
    creation=AuditAction.WEBHOOK_CREATED, deletion=AuditAction.WEBHOOK_DELETED,
)  # fmt: skip
get, lock, remove = TABLE.get, TABLE.lock, TABLE.remove


async def create(
    connection: Connection, context: AppContext, form: NewWebhook, *, by: Actor = SYSTEM
) -> tuple[Webhook, str]:
    """Add an endpoint; returns it with its secret, which is stored encrypted. Raises `ValidationError` for its URL."""
    _check_url(context, form.url)
    secret = signing.new_secret()
    values = {
        "name": form.name, "url": form.url, "events": _normalize_events(form.events),
        "sealed_secret": context.seal.seal(secret),
    }  # fmt: skip
    return await TABLE.insert(connection, values, by=by), secret


async def read_secret(connection: Connection, context: AppContext, webhook: Webhook) -> str:
    """The secret, for the response to a create. A repeated create gets it for a day and while nobody has changed the
    endpoint, later an empty text. Raises `DecryptionError`."""
    if webhook.version > 1 or clock.now() - webhook.created_at > SECRET_REPEATED_FOR:
        return ""
    return context.seal.open(await queries.sealed_secret(connection, webhook.id))


async def list_webhooks(connection: Connection, filters: WebhookFilter) -> Page[Webhook]:
    """One page of endpoints. Raises `ValidationError` for an invalid sort or cursor."""
    return await queries.LISTING.page(
        connection, Where(), sort=filters.sort, limit=filters.limit, cursor=filters.cursor
    )


async def change(
    connection: Connection, context: AppContext, webhook: Webhook, form: ChangeWebhook | NewWebhook, *, by: Actor
) -> Webhook:
    """Change a locked endpoint; `active` pauses or resumes it. Raises `ValidationError` for an invalid URL."""
    changes = {
        name: value
        for name in ("name", "url", "events")
        if (value := getattr(form, name)) is not UNSET and value != getattr(webhook, name)
    }
    if "url" in changes:
        _check_url(context, changes["url"])
    if "events" in changes:
        changes["events"] = _normalize_events(changes["events"])
    if changes:
        before = _describe(webhook)
        webhook = await TABLE.update(connection, webhook, changes)
        await TABLE.record(
            connection, AuditAction.WEBHOOK_CHANGED, webhook, by, before=before, after=_describe(webhook)
        )
    match getattr(form, "active", UNSET):
        case True:
            return await resume(connection, webhook, by=by)
        case False:
            return await pause(connection, webhook, by=by)
    return webhook


async def pause(connection: Connection, webhook: Webhook, *, by: Actor) -> Webhook:
    """Pause a locked endpoint: messages wait until it is resumed."""
    paused = await queries.pause(connection, webhook.id, f"Paused by {by.name}.", clock.now())
    await QUEUE.suspend(connection, webhook.id)
    if paused is not None:
        await record_pause(connection, paused, by)
    return paused or webhook


async def record_pause(connection: Connection, paused: Webhook, by: Actor) -> None:
    """Add to the audit log that an endpoint was paused."""
    after = {"active": False, "reason": paused.pause_reason}
    await TABLE.record(connection, AuditAction.WEBHOOK_CHANGED, paused, by, before={"active": True}, after=after)


async def resume(connection: Connection, webhook: Webhook, *, by: Actor = SYSTEM) -> Webhook:
    """Resume a locked endpoint: what waits is sent, with all its retries."""
    if webhook.active:
        return webhook
    running = {"active": True, "failing_since": None, "paused_at": None, "pause_reason": ""}
    resumed = await TABLE.update(connection, webhook, running)
    await QUEUE.release_pending(connection, resumed.id)
    await TABLE.record(
        connection, AuditAction.WEBHOOK_CHANGED, resumed, by, before={"active": False}, after={"active": True}
    )
    return resumed


async def rotate_secret(
    connection: Connection, context: AppContext, webhook: Webhook, *, by: Actor = SYSTEM
) -> tuple[Webhook, str]:
    """Give a locked endpoint a new secret and return it. The old one signs too for 24 hours."""
    secret = signing.new_secret()
    await TABLE.record(connection, AuditAction.WEBHOOK_SECRET_ROTATED, webhook, by)
    values = {
        "sealed_secret": context.seal.seal(secret), "old_secret_until": clock.now() + OLD_SECRET_FOR,
        "sealed_old_secret": await queries.sealed_secret(connection, webhook.id),
    }  # fmt: skip
    return await TABLE.update(connection, webhook, values), secret


async def rotate_keys(connection: Connection, seal: SecretBox) -> int:
    """Encrypt every secret with the first key and return how many there are. Raises `DecryptionError`."""
    secrets = await queries.lock_sealed_secrets(connection)
    for webhook_id, sealed, old in secrets:
        await queries.update_sealed_secrets(
            connection, webhook_id, seal.again(sealed), seal.again(old) if old else None
        )
    return len(secrets)


def _check_url(context: AppContext, url: str) -> None:
    if error := outbound.check_url(context.config, url):
        raise ValidationError([FieldError("url", error)])


def _normalize_events(events: Sequence[str]) -> list[str]:
    """Each event once; `*` stands alone, since it includes the others."""
    return [ALL_EVENTS] if ALL_EVENTS in events else list(dict.fromkeys(events))
