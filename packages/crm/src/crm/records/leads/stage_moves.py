"""Moves all leads of a stage to another one when the first is deleted, and back when that is undone."""

from __future__ import annotations

from datetime import datetime

from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.records import activities
from crm.records.leads import queries
from crm.records.leads.events import EVENTS
from crm.records.leads.models import Lead
from crm.records.stages import Stage

BATCH = 1000


async def move_all(connection: Connection, stage: Stage, to: Stage, *, at: datetime, by: Actor) -> int:
    """Move every lead of `stage` to `to`, and say so in their timelines. Returns how many.

    Webhooks get `lead.changed` for each. Notification channels get nothing, because nobody worked on the leads.
    """
    number = 0
    body = f"{by.name} deleted the stage {stage.name}, and the lead moved to {to.name}."
    while moved := await queries.move_some(connection, stage.key, to.key, at, BATCH):
        number += await _report(connection, moved, body, by)
    return number


async def move_back(connection: Connection, stage: Stage, deleted_at: datetime, *, by: Actor) -> int:
    """Move the leads back that left `stage` when it was deleted, unless somebody has moved them since."""
    number = 0
    body = f"{by.name} restored the stage {stage.name}, and the lead moved back to it."
    while moved := await queries.move_some_back(connection, stage.key, deleted_at, clock.now(), BATCH):
        number += await _report(connection, moved, body, by)
    return number


async def _report(connection: Connection, moved: list[Lead], body: str, by: Actor) -> int:
    now = clock.now()
    places = [(lead.id, lead.contact_id, lead.company_id, now) for lead in moved]
    await activities.insert_created(connection, body, by, places, now)
    await events.publish(connection, *(EVENTS.build("changed", lead, by, changed=["status"]) for lead in moved))
    return len(moved)
