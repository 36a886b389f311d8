"""Tasks in the API."""

from __future__ import annotations

from crm.records.base import Record
from crm.records.tasks import actions
from crm.records.tasks.forms import ChangeTask, NewTask, TaskFilter
from crm.records.tasks.queries import TABLE

RECORD = Record(
    noun="task", plural="tasks", table=TABLE, filter=TaskFilter, new=NewTask, changes=ChangeTask,
    apply_filters=actions.apply_filters,
    create=actions.create, change=actions.change, delete=actions.delete, restore=actions.restore,
)  # fmt: skip
