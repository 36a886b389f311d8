"""Adds, changes, orders, retires and deletes the choices of the form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import UNSET

from crm.accounts.audit import AuditAction, Target, record_audit
from crm.accounts.form_choices import cache, queries
from crm.accounts.form_choices.forms import ChangeChoice, NewChoice
from crm.accounts.form_choices.models import CHOICE_FIELDS, Choice, FormChoices
from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, FieldError, NotFoundError, PreconditionFailedError, ValidationError
from crm.kernel.http.request import ANY_VERSION
from crm.values.keys import make_key
from crm.values.messages import describe_choices

MAX_CHOICES = 40


async def check(connection: Connection, values: Mapping[str, Any]) -> None:
    """Raise `ValidationError` for each of these values of a lead that no form has ever offered.

    A retired choice passes: old forms, programs and files still send it.
    """
    chosen = {field: value for field in CHOICE_FIELDS if (value := values.get(field))}
    if not chosen:
        return
    known = await cache.read(connection)
    errors = [
        FieldError(field, describe_choices(key for key, _ in known.list_options(field)))
        for field, value in chosen.items()
        if not known.knows(field, value)
    ]
    if errors:
        raise ValidationError(errors)


async def list_all(connection: Connection) -> FormChoices:
    """Every choice, as it is stored now. Those that a newer definition has and the table lacks are added first."""
    cache.forget()
    known = await cache.read(connection)
    if known.lacks_rows:
        await queries.add_missing(connection, [choice for choice in known.every if not choice.id])
        cache.forget()
        known = await cache.read(connection)
    return known


async def get(connection: Connection, choice_id: int) -> Choice:
    """A choice that is not deleted. Raises `NotFoundError`."""
    choice = await queries.find(connection, choice_id)
    if choice is None or choice.deleted_at is not None:
        raise NotFoundError("There is no such choice.")
    return choice


async def lock(connection: Connection, choice_id: int, version: int = ANY_VERSION) -> Choice:
    """A choice that is not deleted, locked with the others of its field.

    Raises `NotFoundError` or `PreconditionFailedError`.
    """
    field = (await get(connection, choice_id)).field
    choice = _find(await queries.lock_field(connection, field), choice_id)
    if choice.deleted_at is not None:
        raise NotFoundError("There is no such choice.")
    if version not in (ANY_VERSION, choice.version):
        raise PreconditionFailedError("Someone changed this choice since you read it. Read it again, then change it.")
    return choice


async def create(connection: Connection, form: NewChoice, *, by: Actor) -> Choice:
    """Add a choice as the last one. Raises `ValidationError` for a taken label, `ConflictError` for too many."""
    every = await queries.lock_field(connection, form.field)
    active = _list_active(every)
    if len(active) >= MAX_CHOICES:
        raise ConflictError(f"This field has {MAX_CHOICES} choices. Retire one first.")
    _check_label(every, form.label)
    key = make_key(form.label, "choice", {choice.key for choice in every})
    choice_id = await queries.insert(connection, form.field, key, form.label, len(active) + 1)
    if choice_id is None:
        raise ConflictError("Somebody has just added this choice.")
    created = await _finish(connection, choice_id)
    await _record(connection, AuditAction.CHOICE_CREATED, created, by=by, after=_show(created))
    return created


async def change(connection: Connection, choice: Choice, form: ChangeChoice, *, by: Actor) -> Choice:
    """Change a choice that is locked. One that comes back is the last one.

    Raises `ValidationError` for a label that is taken, `ConflictError` if its field would have no choice left.
    """
    every = await queries.lock_field(connection, choice.field)
    label = choice.label if form.label is UNSET else form.label
    active = choice.active if form.active is UNSET else form.active
    if label != choice.label:
        _check_label([other for other in every if other.id != choice.id], label)
    ids = [other.id for other in _list_active(every) if other.id != choice.id]
    if not active:
        _check_rest(choice, ids)
    if (label, active) != (choice.label, choice.active):
        await queries.update(connection, choice.id, label=label, active=active, deleted_at=None)
    if active:
        last = choice.position if choice.active else len(ids) + 1
        ids.insert((last if form.position is UNSET else form.position) - 1, choice.id)
    elif form.position is not UNSET:
        raise ValidationError([FieldError("position", "A retired choice has no place. Restore it first.")])
    await queries.store_order(connection, ids)
    changed = await _finish(connection, choice.id)
    if _show(changed) != _show(choice):
        await _record(
            connection, AuditAction.CHOICE_CHANGED, changed, by=by, before=_show(choice), after=_show(changed)
        )
    return changed


async def delete(connection: Connection, choice: Choice, *, is_used: bool, by: Actor) -> None:
    """Delete a choice that is locked. An old form that still offers it is accepted.

    Raises `ConflictError` for one that leads have, and for the last of its field.
    """
    if is_used:
        raise ConflictError(
            f"Leads have the choice {choice.label}, so it stays. Retire it: new forms do not offer it, and these leads "
            "keep it."
        )
    ids = [other.id for other in _list_active(await queries.lock_field(connection, choice.field))]
    rest = [choice_id for choice_id in ids if choice_id != choice.id]
    _check_rest(choice, rest)
    await _set(connection, choice, active=False, deleted_at=clock.now())
    await queries.store_order(connection, rest)
    await _record(connection, AuditAction.CHOICE_DELETED, choice, by=by, before=_show(choice))


async def restore(connection: Connection, choice_id: int, *, by: Actor) -> Choice:
    """Bring a deleted choice back as the last one. Raises `NotFoundError`, `ConflictError` for a taken label."""
    found = await queries.find(connection, choice_id)
    if found is None:
        raise NotFoundError("There is no such choice.")
    every = await queries.lock_field(connection, found.field)
    choice = _find(every, choice_id)
    if choice.deleted_at is None:
        return choice
    try:
        _check_label(every, choice.label)
    except ValidationError as error:
        raise ConflictError(f"{error.errors[0].message} Rename that one first.") from error
    await _set(connection, choice, active=True, deleted_at=None)
    await queries.store_order(connection, [*(other.id for other in _list_active(every)), choice.id])
    restored = await _finish(connection, choice_id)
    await _record(connection, AuditAction.CHOICE_CREATED, restored, by=by, after=_show(restored))
    return restored


def _list_active(choices: Iterable[Choice]) -> list[Choice]:
    return [choice for choice in choices if choice.active]


def _find(choices: Iterable[Choice], choice_id: int) -> Choice:
    return next(choice for choice in choices if choice.id == choice_id)


def _check_label(others: Iterable[Choice], label: str) -> None:
    for other in others:
        if other.deleted_at is None and other.label.lower() == label.lower():
            retired = "" if other.active else ", which is retired"
            raise ValidationError([FieldError("label", f"There is a choice {other.label} already{retired}.")])


def _check_rest(choice: Choice, rest: list[int]) -> None:
    """Raise `ConflictError` if the field of `choice` would have none left."""
    if choice.active and not rest:
        raise ConflictError(f"{choice.label} is the last choice of its field. Add another one first.")


async def _set(connection: Connection, choice: Choice, *, active: bool, deleted_at: datetime | None) -> None:
    await queries.update(connection, choice.id, label=choice.label, active=active, deleted_at=deleted_at)
    cache.forget()


async def _finish(connection: Connection, choice_id: int) -> Choice:
    """The choice as it is stored now."""
    cache.forget()
    return await get(connection, choice_id)


def _show(choice: Choice) -> dict[str, Any]:
    return {"label": choice.label, "active": choice.active, "position": choice.position}


async def _record(connection: Connection, action: AuditAction, choice: Choice, *, by: Actor, **values: Any) -> None:
    target = Target("choice", choice.id, f"{CHOICE_FIELDS[choice.field].short_label}: {choice.label}")
    await record_audit(connection, action, by=by, target=target, **values)
