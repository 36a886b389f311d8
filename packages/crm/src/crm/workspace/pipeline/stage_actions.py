"""Deletes a stage together with the move of its leads, and restores both."""

from __future__ import annotations

from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.records import leads, stages
from crm.records.stages import Stage


async def delete_stage(connection: Connection, stage: Stage, move_to: str = "", *, by: Actor) -> int:
    """Delete a stage. Its leads move to the open stage with the key `move_to`. Returns how many moved.

    Raises `ConflictError` for a stage that must stay, `ValidationError` for leads that have nowhere to go.
    """
    stages.check_deletion(stage)
    number = await leads.count_in_stage(connection, stage.key)
    target = None
    if move_to:
        target = await stages.hold(connection, move_to, "move_to")
        if target.kind != "open" or target.id == stage.id:
            raise ValidationError([FieldError("move_to", "Choose another open stage.")])
    if number and target is None:
        raise ValidationError([FieldError("move_to", "Choose where its leads go.")])
    deleted = await stages.delete(connection, stage, by=by, moved_to=target.name if target else "", leads=number)
    if target is None or deleted.deleted_at is None:
        return 0
    return await leads.move_all(connection, stage, target, at=deleted.deleted_at, by=by)


async def restore_stage(connection: Connection, stage_id: int, *, by: Actor) -> tuple[Stage, int]:
    """Bring a deleted stage back to its place, with the leads that nobody has moved since. Returns how many.

    Raises `NotFoundError`, or `ConflictError` if its name is taken or there are too many stages.
    """
    deleted = await stages.restore(connection, stage_id, by=by)
    number = await leads.move_back(connection, deleted, deleted.deleted_at, by=by) if deleted.deleted_at else 0
    return deleted, number
