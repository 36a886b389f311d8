"""Tells people about leads that somebody else has given to them: on their own channel, else by mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crm.accounts import auth
from crm.event_names import EventName
from crm.kernel import jobs, mail
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.events import Published, Reaction
from crm.outbound.notifications import deliveries, queries
from crm.outbound.notifications.messages import Clean, choose_clean, to_plain_text
from crm.outbound.notifications.models import Channel, Message
from crm.values.formats import plural

JOB = "mail_new_owner"
MAX_LISTED = 20


async def _enqueue(connection: Connection, published: Sequence[Published]) -> None:
    """Send one message to each new owner, about all leads of this change."""
    owners: dict[int, list[Published]] = {}
    for event in published:
        lead, by = event.payload["lead"], event.payload["by"]
        if not lead["demo"] and not lead["synthetic"] and (by["kind"], by["id"]) != ("person", lead["owner_id"]):
            owners.setdefault(lead["owner_id"], []).append(event)
    channels = await queries.list_of_users(connection, owners)
    for owner_id, channel in channels.items():
        if EventName.LEAD_ASSIGNED in channel.events and channel.active:
            await deliveries.send_message(connection, channel.id, _build_message(channel, owner_id, owners[owner_id]))
    payloads = [
        {
            "owner_id": owner_id,
            "key": f"assigned-{events[0].id}",
            "by": events[0].payload["by"]["name"],
            "leads": [{name: event.payload["lead"][name] for name in ("id", "title", "name", "company")}
                      for event in events],
        }
        for owner_id, events in owners.items()
        if owner_id not in channels
    ]  # fmt: skip
    await jobs.enqueue(connection, JOB, *payloads, priority=jobs.SOON)


mail_new_owners = Reaction(wanted=f"written.kind = '{EventName.LEAD_ASSIGNED}'", react=_enqueue)
"""The reaction to leads that got an owner."""


def _build_message(channel: Channel, owner_id: int, events: Sequence[Published]) -> Message:
    """The message for a channel."""
    clean = choose_clean(channel.service)
    leads, number = [event.payload["lead"] for event in events], plural(len(events), "lead")
    by = clean(events[0].payload["by"]["name"])
    if len(leads) == 1:
        title = f"Yours now: {_describe(leads[0], clean)}"
        return Message(title, f"{by} made you the owner of this lead.", f"/leads/{leads[0]['id']}")
    lines = [_describe(lead, clean) for lead in leads[:MAX_LISTED]]
    if len(leads) > MAX_LISTED:
        lines.append(f"And {len(leads) - MAX_LISTED} more")
    body = "\n".join([f"{by} made you the owner of {number}.", *lines])
    return Message(f"{number} are yours now", body, f"/leads?owner_id={owner_id}")


async def mail_new_owner(context: AppContext, payload: dict[str, Any]) -> None:
    """The job that sends one such mail, while its reader can still work on leads. Raises `MailError`."""
    async with context.db.connection() as connection:
        owner = await auth.find_assignable(connection, payload["owner_id"])
    if owner is None:
        return
    leads, by = payload["leads"], to_plain_text(payload["by"])
    lines = [f"{_describe(lead)}\n{context.config.base_url}/leads/{lead['id']}\n" for lead in leads[:MAX_LISTED]]
    if len(leads) > MAX_LISTED:
        lines.append(f"And {len(leads) - MAX_LISTED} more: {context.config.base_url}/leads?owner_id={owner.id}\n")
    number = plural(len(leads), "lead")
    subject = f"Yours now: {_describe(leads[0])}" if len(leads) == 1 else f"{number} are yours now"
    body = f"{by} made you the owner of {'this lead' if len(leads) == 1 else number}.\n\n" + "\n".join(lines)
    await mail.send(context, to=owner.email, subject=subject, body=body, key=payload["key"])


def _describe(lead: dict[str, Any], clean: Clean = to_plain_text) -> str:
    names = dict.fromkeys(clean(lead[name]) for name in ("title", "name", "company"))
    return ", ".join(name for name in names if name)
