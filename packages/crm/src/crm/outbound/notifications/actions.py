"""What people do with notification channels."""

from __future__ import annotations

import asyncio

import msgspec

from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, NotFoundError, PreconditionFailedError, ValidationError
from crm.kernel.http.request import ANY_VERSION
from crm.kernel.security.encryption import SecretBox
from crm.outbound.notifications import queries, services
from crm.outbound.notifications.forms import EditChannel, NewChannel
from crm.outbound.notifications.models import DEFAULT_EVENTS, Channel


async def create(connection: Connection, context: AppContext, form: NewChannel) -> Channel:
    """Add a channel; its address is stored encrypted. Raises `ValidationError` for an invalid address."""
    target = await _parse_target(form.target)
    return await queries.insert(
        connection, name=form.name, service=target.service, sealed_url=context.seal.seal(target.url), hint=target.hint,
        events=list(dict.fromkeys(form.events)), at=clock.now(),
    )  # fmt: skip


async def ensure_admin(connection: Connection, context: AppContext) -> bool:
    """Give the administrator an e-mail channel if there is no channel at all, so that somebody hears of the first lead.

    False if there is one already, or ADMIN_EMAIL is not set.
    """
    address = context.config.admin_email
    if not address or await queries.has_channels(connection):
        return False
    form = NewChannel(name=f"Mail to {address}"[:120], target=address, events=list(DEFAULT_EVENTS))
    await create(connection, context, form)
    return True


async def get(connection: Connection, channel_id: int) -> Channel:
    """The channel with this id. Raises `NotFoundError`."""
    return _require(await queries.find(connection, channel_id))


async def lock(connection: Connection, channel_id: int, version: int) -> Channel:
    """The channel at this version, locked until the transaction ends.

    Raises `NotFoundError` or `PreconditionFailedError`.
    """
    channel = _require(await queries.find(connection, channel_id, lock=True))
    if version not in (ANY_VERSION, channel.version):
        raise PreconditionFailedError("Somebody changed this channel since you read it. Read it again, then change it.")
    return channel


async def change(connection: Connection, context: AppContext, channel: Channel, form: EditChannel) -> Channel:
    """Change a locked channel; an empty address keeps the stored one. Raises `ValidationError`."""
    changed = msgspec.structs.replace(channel, name=form.name, events=list(dict.fromkeys(form.events)))
    sealed = None
    if form.target:
        target = await _parse_target(form.target)
        changed = msgspec.structs.replace(changed, service=target.service, hint=target.hint)
        sealed = context.seal.seal(target.url)
    return await queries.update(connection, changed, sealed, clock.now())


async def set_active(connection: Connection, channel: Channel, *, active: bool) -> Channel:
    """Switch a locked channel on or off. It receives nothing of what happens while it is off."""
    return await queries.update(connection, msgspec.structs.replace(channel, active=active), None, clock.now())


async def rotate_keys(connection: Connection, seal: SecretBox) -> int:
    """Encrypt every address with the first key and return how many there are. Raises `DecryptionError`."""
    urls = await queries.lock_sealed_urls(connection)
    for channel_id, sealed in urls:
        await queries.update_sealed_url(connection, channel_id, seal.again(sealed))
    return len(urls)


async def remove(connection: Connection, channel: Channel) -> None:
    """Delete a locked channel with its notifications."""
    await queries.delete(connection, channel.id)


async def _parse_target(target: str) -> services.Target:
    try:
        # In a thread, because the first address of a service loads Apprise.
        return await asyncio.to_thread(services.parse_target, target)
    except services.InvalidTargetError as error:
        raise ValidationError([FieldError("target", str(error))]) from error


def _require(channel: Channel | None) -> Channel:
    if channel is None:
        raise NotFoundError("There is no such channel.")
    return channel
