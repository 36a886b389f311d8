"""What people and programs do with receivers."""

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
from crm.webhooks import queries, signing
from crm.webhooks.deliveries import actions as deliveries
from crm.webhooks.deliveries import queries as outbox
from crm.webhooks.forms import ChangeWebhook, NewWebhook, WebhookFilter
from crm.webhooks.models import EVERY, TOLD_AGAIN_FOR, Webhook


async def create(connection: Connection, context: AppContext, form: NewWebhook) -> tuple[Webhook, str]:
    """A new receiver and its secret, which is told this once and stored sealed.

    Raises `ValidationError` for an address that is not called.
    """
    _check(context, form.url)
    secret = signing.new_secret()
    webhook = await queries.insert(
        connection, name=form.name, url=form.url, events=_tidy(form.events), sealed_secret=context.seal.seal(secret),
        at=clock.now(),
    )  # fmt: skip
    return webhook, secret


async def get(connection: Connection, number: int) -> Webhook:
    """The receiver with this number. Raises `NotFoundError`."""
    return _require(await queries.find(connection, number))


async def secret_of(connection: Connection, context: AppContext, webhook: Webhook) -> str:
    """The secret, for the answer to a create. One sent again gets it for a day and while nobody has changed the
    receiver, later nothing. Raises `DecryptionError`."""
    if webhook.version > 1 or clock.now() - webhook.created_at > TOLD_AGAIN_FOR:
        return ""
    return context.seal.open(await queries.sealed_secret(connection, webhook.id))


async def lock(connection: Connection, number: int, version: int) -> Webhook:
    """The receiver at this version, kept from others until the transaction ends.

    Raises `NotFoundError` or `PreconditionFailedError`.
    """
    webhook = _require(await queries.find(connection, number, lock=True))
    if version not in (ANY_VERSION, webhook.version):
        raise PreconditionFailedError(
            "Somebody changed this receiver since you read it. Read it again, then change it."
        )
    return webhook


async def list_webhooks(connection: Connection, ask: WebhookFilter) -> Page[Webhook]:
    """One page of receivers. Raises `ValidationError` for a sort or cursor that is not this list's."""
    return await queries.LISTING.page(connection, Where(), sort=ask.sort, limit=ask.limit, cursor=ask.cursor)


async def change(
    connection: Connection, context: AppContext, webhook: Webhook, form: ChangeWebhook | NewWebhook, *, by: Actor
) -> Webhook:
    """Change a receiver that `lock` gave; `active` pauses or resumes it. Raises `ValidationError` for a bad address."""
    given = {
        name: value
        for name in ("name", "url", "events")
        if (value := getattr(form, name)) is not UNSET and value != getattr(webhook, name)
    }
    if "url" in given:
        _check(context, given["url"])
    if "events" in given:
        given["events"] = _tidy(given["events"])
    if given:
        webhook = await queries.update(connection, msgspec.structs.replace(webhook, **given), clock.now())
    match getattr(form, "active", UNSET):
        case True:
            return await resume(connection, webhook)
        case False:
            return await pause(connection, webhook, by=by)
    return webhook


async def pause(connection: Connection, webhook: Webhook, *, by: Actor) -> Webhook:
    """Hold back what goes to a receiver that `lock` gave; it waits until the receiver is resumed."""
    paused = await queries.pause(connection, webhook.id, f"Paused by {by.name}.", clock.now())
    await outbox.wait(connection, webhook.id)
    return paused or webhook


async def resume(connection: Connection, webhook: Webhook) -> Webhook:
    """Let what waits for a receiver that `lock` gave go out, each with all its tries anew."""
    if webhook.active:
        return webhook
    running = msgspec.structs.replace(webhook, active=True, failing_since=None, paused_at=None, pause_reason="")
    resumed = await queries.update(connection, running, clock.now())
    await deliveries.let_go(connection, resumed.id)
    return resumed


async def rotate(connection: Connection, context: AppContext, webhook: Webhook) -> tuple[Webhook, str]:
    """A new secret for a receiver that `lock` gave, told this once. The old one signs too for 24 hours."""
    secret = signing.new_secret()
    return await queries.rotate(connection, webhook.id, context.seal.seal(secret), clock.now()), secret


async def rotate_keys(connection: Connection, seal: SecretBox) -> int:
    """Seal every secret anew, so that older keys are no longer needed; says how many. Raises `DecryptionError`."""
    kept = await queries.sealed_secrets(connection)
    for number, sealed, old in kept:
        await queries.put_secrets(connection, number, seal.again(sealed), seal.again(old) if old else None)
    return len(kept)


async def remove(connection: Connection, webhook: Webhook) -> None:
    """Remove a receiver that `lock` gave, with its whole history."""
    await queries.delete(connection, webhook.id)


def _check(context: AppContext, url: str) -> None:
    if fault := outbound.check_url(context.config, url):
        raise ValidationError([FieldError("url", fault)])


def _tidy(events: Sequence[str]) -> list[str]:
    """Each event once, and only `*` where that is among them."""
    return [EVERY] if EVERY in events else list(dict.fromkeys(events))


def _require(webhook: Webhook | None) -> Webhook:
    if webhook is None:
        raise NotFoundError("There is no such receiver.")
    return webhook
