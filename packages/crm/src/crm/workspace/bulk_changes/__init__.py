"""One change of many records, by as many steps as it takes: with progress, and reasons for what was left out."""

from crm.workspace.bulk_changes.actions import Outcome, get, start_rows
from crm.workspace.bulk_changes.jobs import JOB, run, run_rows
from crm.workspace.bulk_changes.models import AT_ONCE, BulkChange, ChangeRow
from crm.workspace.bulk_changes.queries import find_undo, is_running

__all__ = [
    "AT_ONCE",
    "JOB",
    "BulkChange",
    "ChangeRow",
    "Outcome",
    "find_undo",
    "get",
    "is_running",
    "run",
    "run_rows",
    "start_rows",
]
