"""The working hours and reminders of a user, as undo finds them and puts them back."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from crm.accounts import working_hours
from crm.accounts.working_hours import WorkingHours
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.records import change_sets
from crm.records.base import Table, Undoable, change_form, changed_values, field

NAMES = {"time_zone": "Time zone", "working_days": "Working days", "quiet_from": "Quiet from", "quiet_until": "Until"}
_NAMES = NAMES | {"quiet_until": "Quiet until", "reminders": "Reminders", "digest": "Daily digest"}


class UserHours(WorkingHours, frozen=True, kw_only=True):
    """The hours of one user. `id` is that of the user."""

    id: int
    name: str = ""
    own: bool = True


class _HoursTable(Table[UserHours], frozen=True, kw_only=True):
    async def find(self, connection: Connection, record_id: int, *, lock: bool = False) -> UserHours:  # noqa: ARG002
        return UserHours(**msgspec.structs.asdict(await working_hours.read(connection, record_id)), id=record_id)


TABLE = _HoursTable(
    noun="reminders", table="working_hours", columns="", build=UserHours, sorts={}, default="", totals=Totals()
)
ChangeHours: Any = change_form(
    "ChangeHours",
    msgspec.defstruct(
        "AllHours",
        [(each.name, Annotated[each.type, field(_NAMES[each.name])]) for each in msgspec.structs.fields(WorkingHours)],
    ),
    "A change of working hours.",
)


async def change(connection: Connection, hours: UserHours, form: Any, *, by: Actor) -> UserHours:  # noqa: ARG001
    """Store the values of the form, and let undo know."""
    changed = msgspec.structs.replace(hours, **changed_values(hours, form))
    await working_hours.store(connection, hours.id, changed)
    await change_sets.record_update(connection, TABLE.noun, hours, changed, WorkingHours.__struct_fields__)
    return changed


UNDOABLE = Undoable(noun=TABLE.noun, table=TABLE, changes=ChangeHours, change=change, permission="own")
