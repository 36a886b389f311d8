"""Moves all leads of a stage to another one, when the first is deleted."""

from __future__ import annotations

from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.records import activities
from crm.records.leads import queries
from crm.records.leads.events import EVENTS
from crm.records.stages import Stage

BATCH = 1000


async def move_all(connection: Connection, stage: Stage, to: Stage, *, by: Actor) -> int:
    """Move every lead of `stage` to `to`, and say so in their timelines. Returns how many.

    Webhooks get `lead.changed` for each. Notification channels get nothing, because nobody worked on the leads.
    """
    now, number = clock.now(), 0
    body = f"{by.name} deleted the stage {stage.name}, and the lead moved to {to.name}."
    while moved := await queries.move_some(connection, stage.key, to.key, now, BATCH):
        places = [(lead.id, lead.contact_id, lead.company_id, now) for lead in moved]
        await activities.insert_created(connection, body, by, places, now)
        await events.publish(connection, *(EVENTS.build("changed", lead, by, changed=["status"]) for lead in moved))
        number += len(moved)
    return number
