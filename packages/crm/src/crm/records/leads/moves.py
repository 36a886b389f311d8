"""Moves a lead along the pipeline and within its stage, and puts it back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.records import change_sets
from crm.records.leads import actions, board_queries, places
from crm.records.leads.forms import ChangeLead
from crm.records.leads.models import Lead
from crm.records.leads.places import PlacedLead


async def move_card(
    connection: Connection, lead: Lead, form: msgspec.Struct, *, by: Actor, after_id: int | None = None
) -> Lead:
    """Change `lead` as a move does, and place it below the lead `after_id`; 0 places it first.

    Without `after_id` a lead that changes its stage comes first, and another one stays where it is. So does one below
    a lead that has left the stage. Raises as `actions.change` does.
    """
    moved = await actions.change(connection, lead, form, by=by)
    if after_id is None or moved.closed:
        return moved
    # No other transaction places leads in this stage meanwhile, so two never get the same place.
    await board_queries.lock_stage(connection, moved.status)
    before = await board_queries.read_place(connection, lead.id)
    after = await board_queries.find_place(connection, moved.status, lead.id, after_id)
    await board_queries.set_place(connection, lead.id, after)
    if moved.status == lead.status:
        await _record_place(connection, lead, before, after)
    return moved


async def change_placed(connection: Connection, lead: PlacedLead, form: Any, *, by: Actor) -> Lead:
    """Change `lead` as `actions.change` does, and put it back in its place: undo uses it."""
    values = {name: getattr(form, name) for name in ChangeLead.__struct_fields__}
    place: Decimal | UnsetType | None = form.former_place if form.status is not UNSET else form.place
    if form.separate is not UNSET:
        lead = await places.TABLE.update(connection, lead, {"separate": form.separate})
    # An owner who gets a lead back knows it, and needs no mail.
    changed = await actions.change(connection, lead, ChangeLead(**values), by=by, announce=False)
    if isinstance(place, Decimal) and not changed.closed:
        await board_queries.lock_stage(connection, changed.status)
        taken = await board_queries.find_at(connection, changed.status, lead.id, place)
        if taken is not None:
            place = await board_queries.find_place(connection, changed.status, lead.id, taken)
        await board_queries.set_place(connection, lead.id, place)
        if form.status is UNSET:
            await _record_place(connection, lead, lead.place, place)
    return changed


async def _record_place(connection: Connection, lead: Lead, before: Decimal, after: Decimal) -> None:
    """Let undo know that the lead has another place in the same stage."""
    await change_sets.record(
        connection, "lead", lead.id, "changed", name=lead.title, before={"place": before}, after={"place": after}
    )
