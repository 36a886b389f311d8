"""The place of a lead in its stage on the board, as undo records it and finds it.

The place is a number between those of its neighbors, so a move writes one row.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from crm.kernel.db import Connection
from crm.records import change_sets
from crm.records.base import change_form, field, table
from crm.records.leads import board_queries, queries
from crm.records.leads.forms import ChangeLead, LostReason
from crm.records.leads.models import Lead
from crm.records.stages import Status


class PlacedLead(Lead, frozen=True):
    """A lead with its place, and whether somebody kept it separate from another one of the same person."""

    place: Decimal
    separate: bool


TABLE = table(
    "lead", "leads", PlacedLead, sorts=["created_at"], default_sort="-created_at",
    computed={"title": queries.TITLE, "place": board_queries.POSITION},
)  # fmt: skip
ChangePlacedLead: Any = change_form(
    "ChangePlacedLead",
    ChangeLead,
    "A change of a lead and of its place. `former_place` is that in another stage.",
    status=Annotated[Status, field("Status")],
    lost_reason=Annotated[LostReason, field("Reason lost")],
    place=Annotated[Decimal | None, field("Place on the board")],
    separate=Annotated[bool, field("Kept separate")],
    former_place=Decimal | None,
)


async def record_former(connection: Connection, lead: Lead) -> None:
    """Let undo know where the lead stands in the stage that it leaves."""
    before = {"former_place": await board_queries.read_place(connection, lead.id)}
    await change_sets.record(connection, TABLE.noun, lead.id, "changed", name=lead.title, before=before)
