"""What people do with notification channels."""

from __future__ import annotations

import asyncio
from typing import Any

from crm.accounts.audit import AuditAction
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.security.encryption import SecretBox
from crm.outbound.deliveries import TargetTable
from crm.outbound.notifications import queries, services
from crm.outbound.notifications.forms import EditChannel, NewChannel
from crm.outbound.notifications.models import DEFAULT_EVENTS, Channel


def _describe(channel: Channel) -> dict[str, Any]:
    return {"name": channel.name, "service": channel.service, "address": channel.hint, "events": channel.events}


TABLE: TargetTable[Channel] = TargetTable(
    noun="channel", table="channels", build=Channel, describe=_describe,
    creation=AuditAction.CHANNEL_CREATED, deletion=AuditAction.CHANNEL_DELETED,
)  # fmt: skip
get, lock = TABLE.get, TABLE.lock


async def create(connection: Connection, context: AppContext, form: NewChannel, *, by: Actor = SYSTEM) -> Channel:
    """Add a channel; its address is stored encrypted. Raises `ValidationError` for an invalid address."""
    sealed = await seal_target(context, form.target)
    values = {"name": form.name, "events": list(dict.fromkeys(form.events)), **sealed}
    return await TABLE.insert(connection, values, by=by)


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


async def change(
    connection: Connection, context: AppContext, channel: Channel, form: EditChannel, *, by: Actor = SYSTEM
) -> Channel:
    """Change a locked channel; an empty address keeps the stored one. Raises `ValidationError`."""
    events = list(dict.fromkeys(form.events))
    return await change_values(connection, context, channel, name=form.name, events=events, target=form.target, by=by)


async def change_values(
    connection: Connection,
    context: AppContext,
    channel: Channel,
    *,
    name: str,
    events: list[str],
    target: str,
    by: Actor,
) -> Channel:
    """Change a locked channel; an empty `target` keeps the stored address. Raises `ValidationError`."""
    values = {"name": name, "events": events}
    if target:
        values |= await seal_target(context, target)
    changed = await TABLE.update(connection, channel, values)
    before, after = _describe(channel), _describe(changed)
    if target:
        before, after = before | {"address": channel.hint}, after | {"address": f"{changed.hint} (new)"}
    await TABLE.record(connection, AuditAction.CHANNEL_CHANGED, changed, by, before=before, after=after)
    return changed


async def set_active(connection: Connection, channel: Channel, *, active: bool, by: Actor = SYSTEM) -> Channel:
    """Switch a locked channel on or off. It receives nothing of what happens while it is off."""
    if channel.active != active:
        states = {"before": {"active": channel.active}, "after": {"active": active}}
        await TABLE.record(connection, AuditAction.CHANNEL_CHANGED, channel, by, **states)
    return await TABLE.update(connection, channel, {"active": active})


async def rotate_keys(connection: Connection, seal: SecretBox) -> int:
    """Encrypt every address with the first key and return how many there are. Raises `DecryptionError`."""
    urls = await queries.lock_sealed_urls(connection)
    for channel_id, sealed in urls:
        await queries.update_sealed_url(connection, channel_id, seal.again(sealed))
    return len(urls)


async def seal_target(context: AppContext, raw: str) -> dict[str, Any]:
    """The columns of an address, as somebody typed it. Raises `ValidationError`."""
    try:
        # In a thread, because the first address of a service loads Apprise.
        target = await asyncio.to_thread(services.parse_target, raw)
    except services.InvalidTargetError as error:
        raise ValidationError([FieldError("target", str(error))]) from error
    return {"service": target.service, "hint": target.hint, "sealed_url": context.seal.seal(target.url)}
