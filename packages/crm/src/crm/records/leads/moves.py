"""Moves a lead along the pipeline and within its stage, and takes the move back.

The place in a stage is a number between those of its neighbors, so a move writes one row. The row of the stage is
locked meanwhile, so two moves at once never get the same number.
"""

from __future__ import annotations

import base64
import binascii
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, NotFoundError
from crm.records import stages
from crm.records.leads import actions, queries
from crm.records.leads.forms import ChangeLead
from crm.records.leads.models import Lead

TOP = 0
"""The place above all other leads of a stage."""
_UNDONE = ("status", "lost_reason", "value", "source", "starts_on", "next_action", "next_action_on")
"""The fields that a move may change."""


class Undo(msgspec.Struct, frozen=True):
    """What a lead was before a move, and the version that the move gave it."""

    version: int
    position: Decimal | None
    values: dict[str, Any]


async def move_card(
    connection: Connection, lead: Lead, form: msgspec.Struct, *, by: Actor, after_id: int | None = None
) -> tuple[Lead, str]:
    """Change `lead` as a move does, and place it below the lead `after_id`; `TOP` places it first.

    Without `after_id` a lead that changes its stage comes first, and another one stays where it is. A lead `after_id`
    that has left the stage counts as `TOP`. Returns the lead and what `undo` takes. Raises as `actions.change` does.
    """
    position = await queries.read_position(connection, lead.id)
    moved = await actions.change(connection, lead, form, by=by)
    if moved.status != lead.status:
        await queries.set_position(connection, lead.id, None)
    if after_id is not None and not moved.closed:
        await queries.lock_stage(connection, moved.status)
        place = await queries.find_place(connection, moved.status, lead.id, after_id)
        await queries.set_position(connection, lead.id, place)
    before = {name: getattr(lead, name) for name in _UNDONE if getattr(lead, name) != getattr(moved, name)}
    if moved.status != lead.status and lead.closed and lead.lost_reason:
        before["lost_reason"] = lead.lost_reason
    return moved, _encode(Undo(moved.version, position, before))


async def undo(connection: Connection, lead: Lead, token: str, *, by: Actor) -> Lead:
    """Take a move back. Raises `NotFoundError` for a broken token, `ConflictError` if the lead has changed since."""
    past = _decode(token)
    if lead.version != past.version:
        raise ConflictError("Not undone: somebody has changed this lead since.")
    values: dict[str, Any] = {**past.values}
    if "value" in values:
        values["value"] = float(values["value"])
    if values.get("status") != stages.LOST:
        values.pop("lost_reason", None)
    for name in ("starts_on", "next_action_on"):
        if values.get(name):
            values[name] = date.fromisoformat(values[name])
    restored = await actions.change(connection, lead, ChangeLead(**values), by=by)
    await queries.set_position(connection, lead.id, past.position)
    return restored


def _encode(past: Undo) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(past)).decode().rstrip("=")


def _decode(token: str) -> Undo:
    try:
        past = msgspec.json.decode(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)), type=Undo)
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise NotFoundError("There is nothing to undo.") from error
    if not {*past.values} <= {*_UNDONE}:
        raise NotFoundError("There is nothing to undo.")
    return past
