"""Change sets: what each action of a person or program changed, kept for 30 days so that it can be undone."""

from crm.records.change_sets.models import UNDO_PERIOD, Change, ChangeSet, Verb
from crm.records.change_sets.queries import (
    LISTING,
    delete_before,
    delete_of_records,
    list_changes,
    list_changes_of,
    list_nouns,
    lock,
    mark_undone,
    select_visible,
)
from crm.records.change_sets.recording import current_id, record, record_as, record_update, record_whole

__all__ = [
    "LISTING",
    "UNDO_PERIOD",
    "Change",
    "ChangeSet",
    "Verb",
    "current_id",
    "delete_before",
    "delete_of_records",
    "list_changes",
    "list_changes_of",
    "list_nouns",
    "lock",
    "mark_undone",
    "record",
    "record_as",
    "record_update",
    "record_whole",
    "select_visible",
]
