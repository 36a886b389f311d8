"""What people and programs do with webhook endpoints."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, NotFoundError, PreconditionFailedError, ValidationError
from crm.kernel.http.paging import Page, Where
from crm.kernel.http.request import ANY_VERSION
from crm.kernel.security import outbound
from crm.kernel.security.encryption import SecretBox
from crm.outbound.webhooks import queries, signing
from crm.outbound.webhooks.deliveries import QUEUE
from crm.outbound.webhooks.forms import ChangeWebhook, NewWebhook, WebhookFilter
from crm.outbound.webhooks.models import ALL_EVENTS, SECRET_REPEATED_FOR, Webhook


async def create(connection: Connection, context: AppContext, form: NewWebhook) -> tuple[Webhook, str]:
    """Add an endpoint; returns it with its secret, which is stored encrypted. Raises `ValidationError` for its URL."""
    _check_url(context, form.url)
    secret = signing.new_secret()
    webhook = await queries.insert(
        connection, name=form.name, url=form.url, events=_normalize_events(form.events),
        sealed_secret=context.seal.seal(secret), at=clock.now(),
    )  # fmt: skip
    return webhook, secret


async def get(connection: Connection, webhook_id: int) -> Webhook:
    """The endpoint with this id. Raises `NotFoundError`."""
    return _require(await queries.find(connection, webhook_id))


async def read_secret(connection: Connection, context: AppContext, webhook: Webhook) -> str:
    """The secret, for the response to a create. A repeated create gets it for a day and while nobody has changed the
    endpoint, later an empty text. Raises `DecryptionError`."""
    if webhook.version > 1 or clock.now() - webhook.created_at > SECRET_REPEATED_FOR:
        return ""
    return context.seal.open(await queries.sealed_secret(connection, webhook.id))


async def lock(connection: Connection, webhook_id: int, version: int) -> Webhook:
    """The endpoint at this version, locked until the transaction ends.

    Raises `NotFoundError` or `PreconditionFailedError`.
    """
    webhook = _require(await queries.find(connection, webhook_id, lock=True))
    if version not in (ANY_VERSION, webhook.version):
        raise PreconditionFailedError("Somebody changed this webhook since you read it. Read it again, then change it.")
    return webhook


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
        webhook = await queries.update(connection, msgspec.structs.replace(webhook, **changes), clock.now())
    match getattr(form, "active", UNSET):
        case True:
            return await resume(connection, webhook)
        case False:
            return await pause(connection, webhook, by=by)
    return webhook


async def pause(connection: Connection, webhook: Webhook, *, by: Actor) -> Webhook:
    """Pause a locked endpoint: messages wait until it is resumed."""
    paused = await queries.pause(connection, webhook.id, f"Paused by {by.name}.", clock.now())
    await QUEUE.suspend(connection, webhook.id)
    return paused or webhook


async def resume(connection: Connection, webhook: Webhook) -> Webhook:
    """Resume a locked endpoint: what waits is sent, with all its retries."""
    if webhook.active:
        return webhook
    running = msgspec.structs.replace(webhook, active=True, failing_since=None, paused_at=None, pause_reason="")
    resumed = await queries.update(connection, running, clock.now())
    await QUEUE.release_pending(connection, resumed.id)
    return resumed


async def rotate_secret(connection: Connection, context: AppContext, webhook: Webhook) -> tuple[Webhook, str]:
    """Give a locked endpoint a new secret and return it. The old one signs too for 24 hours."""
    secret = signing.new_secret()
    return await queries.rotate_secret(connection, webhook.id, context.seal.seal(secret), clock.now()), secret


async def rotate_keys(connection: Connection, seal: SecretBox) -> int:
    """Encrypt every secret with the first key and return how many there are. Raises `DecryptionError`."""
    secrets = await queries.lock_sealed_secrets(connection)
    for webhook_id, sealed, old in secrets:
        await queries.update_sealed_secrets(
            connection, webhook_id, seal.again(sealed), seal.again(old) if old else None
        )
    return len(secrets)


async def remove(connection: Connection, webhook: Webhook) -> None:
    """Delete a locked endpoint with its deliveries."""
    await queries.delete(connection, webhook.id)


def _check_url(context: AppContext, url: str) -> None:
    if error := outbound.check_url(context.config, url):
        raise ValidationError([FieldError("url", error)])


def _normalize_events(events: Sequence[str]) -> list[str]:
    """Each event once; `*` stands alone, since it includes the others."""
    return [ALL_EVENTS] if ALL_EVENTS in events else list(dict.fromkeys(events))


def _require(webhook: Webhook | None) -> Webhook:
    if webhook is None:
        raise NotFoundError("There is no such webhook.")
    return webhook
