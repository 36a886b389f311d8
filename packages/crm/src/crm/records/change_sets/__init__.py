"""Change sets: what each action of a person or program changed, kept for 30 days so that it can be undone."""

from crm.records.change_sets.models import UNDO_PERIOD, Change, ChangeSet
from crm.records.change_sets.queries import (
    LISTING,
    delete_before,
    delete_of_record,
    list_changes,
    list_changes_of,
    lock,
    mark_undone,
)
from crm.records.change_sets.recording import record, record_as, record_update

__all__ = [
    "LISTING",
    "UNDO_PERIOD",
    "Change",
    "ChangeSet",
    "delete_before",
    "delete_of_record",
    "list_changes",
    "list_changes_of",
    "lock",
    "mark_undone",
    "record",
    "record_as",
    "record_update",
]
