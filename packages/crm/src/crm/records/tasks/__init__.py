"""Tasks: what is to be done, by whom and by when. The next step of a lead is its first open task."""

from crm.records.tasks.actions import complete, create, record_step
from crm.records.tasks.forms import NewTask, SnoozeForm
from crm.records.tasks.models import Task
from crm.records.tasks.pages import PAGES
from crm.records.tasks.panel import ask_next, read_finished, read_form, read_panel
from crm.records.tasks.queries import COLUMNS, adopt_next_steps, find_first, reassign, tab_where
from crm.records.tasks.recurrence import describe_rule
from crm.records.tasks.snooze import find_working_day, snooze_to

__all__ = [
    "COLUMNS",
    "PAGES",
    "NewTask",
    "SnoozeForm",
    "Task",
    "adopt_next_steps",
    "ask_next",
    "complete",
    "create",
    "describe_rule",
    "find_first",
    "find_working_day",
    "read_finished",
    "read_form",
    "read_panel",
    "reassign",
    "record_step",
    "snooze_to",
    "tab_where",
]
