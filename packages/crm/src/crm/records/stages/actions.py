"""Adds, changes, orders and deletes stages. What happens to the leads of a deleted one is decided by the caller."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from crm.accounts import audit
from crm.accounts.audit import AuditAction, Target
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, FieldError, ValidationError
from crm.records import change_sets
from crm.records.base import changed_values
from crm.records.stages import cache, queries
from crm.records.stages.forms import ChangeStage, NewStage
from crm.records.stages.models import CLOSED, ENTRY, LOST, WON, Stage
from crm.records.stages.queries import TABLE
from crm.values.keys import make_key
from crm.values.messages import describe_choices

MAX_STAGES = 20
_KEPT = {
    ENTRY: "New enquiries arrive in it.",
    WON: "Leads that are won need a stage, and it is the only one.",
    LOST: "Leads that are lost need a stage, and it is the only one.",
}
"""Why these stages cannot be deleted."""


get, lock = TABLE.get, TABLE.lock


async def hold(connection: Connection, status: str, field: str = "status") -> Stage:
    """The stage that a lead goes to, kept until the transaction ends. Raises `ValidationError` if there is none."""
    stage = await queries.hold(connection, status)
    if stage is None:
        cache.forget()
        known = await cache.read(connection)
        raise ValidationError([FieldError(field, describe_choices(known.keys))])
    return stage


async def create(connection: Connection, form: NewStage, *, by: Actor) -> Stage:
    """Add an open stage. Raises `ValidationError` for a name that is taken, `ConflictError` for too many stages."""
    ordered = await queries.lock_all(connection)
    if len(ordered) >= MAX_STAGES:
        raise ConflictError(f"There are {MAX_STAGES} open stages. Delete one first.")
    await _check_name(connection, form.name, None)
    taken = {stage.key for stage in await queries.list_all(connection)}
    key, position = make_key(form.name, "stage", taken), min(form.position or MAX_STAGES, len(ordered) + 1)
    values = {
        "key": key, "name": form.name, "kind": "open", "position": position,
        "probability": form.probability, "stale_days": form.stale_days,
    }  # fmt: skip
    await _place(connection, ordered, key, position)
    stage = await TABLE.insert(connection, values, unique="key")
    if stage is None:
        raise ConflictError("Somebody has just added this stage.")
    await _record(connection, AuditAction.STAGE_CREATED, stage, by=by, after=_show(stage))
    cache.forget()
    return stage


async def change(connection: Connection, stage: Stage, form: ChangeStage, *, by: Actor) -> Stage:
    """Change a stage. Raises `ValidationError` for a name that is taken, and for what Won and Lost do not have."""
    values = changed_values(stage, form)
    if stage.key in CLOSED and (fixed := [name for name in values if name != "name"]):
        raise ValidationError(
            [FieldError(name, f"{stage.name} closes a lead: only its name changes.") for name in fixed]
        )
    if "name" in values:
        await _check_name(connection, values["name"], stage)
    position = values.pop("position", UNSET)
    changed = await TABLE.update(connection, stage, values) if values else stage
    if position is not UNSET:
        await _place(connection, await queries.lock_all(connection), stage.key, position)
        changed = await TABLE.get(connection, stage.id)
        await change_sets.record_update(connection, TABLE.noun, stage, changed, ["position"])
    if changed != stage:
        await _record(connection, AuditAction.STAGE_CHANGED, stage, by=by, before=_show(stage), after=_show(changed))
    cache.forget()
    return changed


def check_deletion(stage: Stage) -> None:
    """Raise `ConflictError` for a stage that cannot be deleted."""
    if stage.key in _KEPT:
        raise ConflictError(f"{stage.name} cannot be deleted. {_KEPT[stage.key]}")


async def delete(connection: Connection, stage: Stage, *, by: Actor, moved_to: str = "", leads: int = 0) -> Stage:
    """Delete a stage whose leads go to another one. Raises `ConflictError` for one that must stay."""
    check_deletion(stage)
    deleted = await TABLE.hide(connection, stage)
    await queries.store_order(connection, [each.key for each in await queries.lock_all(connection)])
    after = {"leads_moved": leads, "moved_to": moved_to} if leads else {}
    await _record(connection, AuditAction.STAGE_DELETED, stage, by=by, before=_show(stage), after=after)
    cache.forget()
    return deleted


async def restore(connection: Connection, stage_id: int, *, by: Actor) -> Stage:
    """Bring a deleted stage back to its place. Returns it as it was. Raises `NotFoundError`, `ConflictError`."""
    ordered = await queries.lock_all(connection)
    deleted = await queries.DELETED.lock(connection, stage_id)
    if len(ordered) >= MAX_STAGES:
        raise ConflictError(f"There are {MAX_STAGES} open stages. Delete one first.")
    await _place(connection, ordered, deleted.key, deleted.position)
    stage = await TABLE.bring_back(connection, stage_id)
    await _record(connection, AuditAction.STAGE_CREATED, stage, by=by, after=_show(stage))
    cache.forget()
    return deleted


async def _place(connection: Connection, ordered: list[Stage], key: str, position: int) -> None:
    """Put the stage with this key at a place, or leave the place free for it."""
    keys = [each.key for each in ordered if each.key != key]
    keys.insert(position - 1, key)
    await queries.store_order(connection, keys)


async def _check_name(connection: Connection, name: str, stage: Stage | None) -> None:
    other = await queries.find_by_name(connection, name)
    if other is not None and (stage is None or other.id != stage.id):
        raise ValidationError([FieldError("name", f"There is a stage {other.name} already.")])


def _show(stage: Stage) -> dict[str, Any]:
    return {name: getattr(stage, name) for name in ("name", "probability", "stale_days", "position")}


async def _record(
    connection: Connection,
    action: AuditAction,
    stage: Stage,
    *,
    by: Actor,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    target = Target("stage", stage.id, stage.name)
    await audit.record_audit(connection, action, by=by, target=target, before=before, after=after)
