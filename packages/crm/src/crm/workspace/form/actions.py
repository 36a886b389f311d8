"""Adds, changes, deletes and restores choices, and lets undo know."""

from __future__ import annotations

from crm.accounts import form_choices
from crm.accounts.form_choices import ChangeChoice, Choice, NewChoice
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError
from crm.kernel.http.list_totals import Totals
from crm.records import change_sets, leads
from crm.records.base import Table, Undoable

NOUN = "choice"


async def create_choice(connection: Connection, form: NewChoice, *, by: Actor) -> Choice:
    """Add a choice as `form_choices.create` does."""
    choice = await form_choices.create(connection, form, by=by)
    await change_sets.record_whole(connection, NOUN, "created", choice)
    return choice


async def change_choice(connection: Connection, choice: Choice, form: ChangeChoice, *, by: Actor) -> Choice:
    """Change a choice that is locked, as `form_choices.change` does."""
    changed = await form_choices.change(connection, choice, form, by=by)
    await change_sets.record_update(connection, NOUN, choice, changed, ("label", "active", "position"))
    if choice.active and not changed.active:  # A retired choice has no place, so undo gives it the former one.
        before = {"position": choice.position}
        await change_sets.record(connection, NOUN, choice.id, "changed", name=choice.name, before=before)
    return changed


async def delete_choice(connection: Connection, choice: Choice, *, by: Actor) -> None:
    """Delete a choice that is locked. Raises `ConflictError` for one that leads have, and for the last of its field."""
    is_used = await leads.has_choice(connection, choice.field, choice.key)
    await form_choices.delete(connection, choice, is_used=is_used, by=by)
    await change_sets.record_whole(connection, NOUN, "deleted", choice)


async def restore_choice(connection: Connection, choice_id: int, *, by: Actor) -> Choice:
    """Offer a deleted choice again at its former place, or a retired one as the last. Raises as `restore` does."""
    former = next((each for each in (await form_choices.list_all(connection)).every if each.id == choice_id), None)
    choice = await form_choices.restore(connection, choice_id, by=by)
    if former is None or former.deleted_at is None:
        return await change_choice(connection, choice, ChangeChoice(active=True), by=by)
    choice = await form_choices.change(connection, choice, ChangeChoice(position=former.position), by=by)
    await change_sets.record_whole(connection, NOUN, "restored", choice)
    return choice


class _ChoiceTable(Table[Choice], frozen=True, kw_only=True):
    async def find(self, connection: Connection, record_id: int, *, lock: bool = False) -> Choice | None:
        read = form_choices.lock if lock else form_choices.get
        try:
            return await read(connection, record_id)
        except NotFoundError:
            return None


UNDOABLE = Undoable(
    noun=NOUN, changes=ChangeChoice, change=change_choice, delete=delete_choice, restore=restore_choice,
    permission="manage",
    table=_ChoiceTable(
        noun=NOUN, table="form_choices", columns="", build=Choice, sorts={}, default="", totals=Totals()
    ),
)  # fmt: skip
