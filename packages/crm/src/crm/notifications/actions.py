"""What happens with channels and notifications."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec

from crm.kernel import clock, jobs
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, NotFoundError, PreconditionFailedError, ValidationError
from crm.kernel.events import Published, Reaction
from crm.kernel.http.request import ANY_VERSION
from crm.kernel.security.encryption import SecretBox
from crm.notifications import queries, services, wording
from crm.notifications.forms import EditChannel, NewChannel
from crm.notifications.models import RETRIES, USUAL, Channel, Task, Words

JOB = "send_notification"
SINK_JOB = "sink_notification"


async def create(connection: Connection, context: AppContext, form: NewChannel) -> Channel:
    """A new channel; its address is stored sealed. Raises `ValidationError` for an address that is not taken."""
    target = await _read(form.target)
    return await queries.insert(
        connection, name=form.name, service=target.service, sealed_url=context.seal.seal(target.url), hint=target.hint,
        events=list(dict.fromkeys(form.events)), at=clock.now(),
    )  # fmt: skip


async def ensure_admin(connection: Connection, context: AppContext) -> bool:
    """Give the administrator a mail channel when there is no channel at all, so that the first lead is heard of.

    False when there is one already, or ADMIN_EMAIL is not set.
    """
    address = context.config.admin_email
    if not address or await queries.any_there(connection):
        return False
    form = NewChannel(name=f"Mail to {address}"[:120], target=address, events=list(USUAL))  # type: ignore[arg-type]
    await create(connection, context, form)
    return True


async def get(connection: Connection, number: int) -> Channel:
    """The channel with this number. Raises `NotFoundError`."""
    return _require(await queries.find(connection, number))


async def lock(connection: Connection, number: int, version: int) -> Channel:
    """The channel at this version, kept from others until the transaction ends.

    Raises `NotFoundError` or `PreconditionFailedError`.
    """
    channel = _require(await queries.find(connection, number, lock=True))
    if version not in (ANY_VERSION, channel.version):
        raise PreconditionFailedError("Somebody changed this channel since you read it. Read it again, then change it.")
    return channel


async def change(connection: Connection, context: AppContext, channel: Channel, form: EditChannel) -> Channel:
    """Change a channel that `lock` gave; an empty address keeps the one it has. Raises `ValidationError`."""
    changed = msgspec.structs.replace(channel, name=form.name, events=list(dict.fromkeys(form.events)))
    sealed = None
    if form.target:
        target = await _read(form.target)
        changed = msgspec.structs.replace(changed, service=target.service, hint=target.hint)
        sealed = context.seal.seal(target.url)
    return await queries.update(connection, changed, sealed, clock.now())


async def switch(connection: Connection, channel: Channel, *, on: bool) -> Channel:
    """Tell a channel that `lock` gave of what happens from now on, or of nothing."""
    return await queries.update(connection, msgspec.structs.replace(channel, active=on), None, clock.now())


async def rotate_keys(connection: Connection, seal: SecretBox) -> int:
    """Seal every address anew, so that older keys are no longer needed; says how many. Raises `DecryptionError`."""
    kept = await queries.sealed_urls(connection)
    for number, sealed in kept:
        await queries.put_url(connection, number, seal.again(sealed))
    return len(kept)


async def remove(connection: Connection, channel: Channel) -> None:
    """Remove a channel that `lock` gave, with its history."""
    await queries.delete(connection, channel.id)


async def _fan_out(connection: Connection, published: Published) -> None:
    """A notification for each channel that asked for the event, and its job."""
    for number, chat in await queries.listeners(connection, published.kind):
        said = wording.words(published.kind, published.payload, chat=chat)
        if said is not None:
            await _put(connection, number, published.id, said)


fan_out = Reaction(wanted=queries.WANTED, react=_fan_out)
"""The reaction to events people want to hear of."""


async def _sink(connection: Connection, published: Published) -> None:
    lead = published.payload["lead"]
    await jobs.enqueue(connection, SINK_JOB, {"lead": lead}, priority=jobs.SOON)


sink = Reaction(wanted="true", react=_sink)
"""The reaction to a synthetic lead: it takes the way of a notification and ends where no channel hears of it."""


async def take_in_sink(connection: Connection, lead: dict[str, Any]) -> None:
    """Keep what a channel would have been told of a synthetic lead, unless the lead is gone again."""
    said = wording.words("lead.created", {"lead": lead}, chat=False)
    if said is not None:
        await queries.insert_notice(connection, lead["id"], said, clock.now())


async def send_test(connection: Connection, channel: Channel) -> int:
    """A test to this channel, even while it is switched off; the number of the notification."""
    return await _put(connection, channel.id, None, wording.test_words())


async def send_again(connection: Connection, channel: Channel, number: int) -> None:
    """Send a notification once more, with all its tries. Raises `NotFoundError`."""
    run = await queries.run_anew(connection, channel.id, number, clock.now())
    if run is None:
        raise NotFoundError("There is no such notification.")
    await jobs.enqueue(connection, JOB, _job(number, run), priority=jobs.SOON)


async def record(connection: Connection, task: Task, error: str, took_ms: int) -> None:
    """Write what came of a try; an `error` is tried again later, in the same transaction, as long as tries are left."""
    at = clock.now()
    await queries.insert_attempt(connection, task.id, error=error, took_ms=took_ms, at=at)
    pause: timedelta | None = RETRIES[task.attempts] if error and task.attempts < len(RETRIES) else None
    state = "pending" if pause else "failed" if error else "sent"
    if await queries.settle(connection, task, state=state, error=error, at=at, pause=pause) and pause:
        again = _job(task.id, task.run, task.attempts + 1)
        await jobs.enqueue(connection, JOB, again, at=at + pause, priority=jobs.SOON)


async def _put(connection: Connection, channel_id: int, event_id: int | None, said: Words) -> int:
    at = clock.now()
    number = await queries.insert_notification(connection, channel_id=channel_id, event_id=event_id, words=said, at=at)
    await jobs.enqueue(connection, JOB, _job(number), priority=jobs.SOON)
    return number


def _job(number: int, run: int = 1, attempt: int = 0) -> dict[str, int]:
    return {"notification": number, "run": run, "attempt": attempt}


async def _read(target: str) -> services.Target:
    try:
        # Off the event loop: the first address of a service makes Python read Apprise.
        return await asyncio.to_thread(services.read, target)
    except services.InvalidTargetError as fault:
        raise ValidationError([FieldError("target", str(fault))]) from fault


def _require(channel: Channel | None) -> Channel:
    if channel is None:
        raise NotFoundError("There is no such channel.")
    return channel
