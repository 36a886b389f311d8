"""The shared timeline: what happened with a lead, a contact or a company, and who did it."""

from crm.records.activities.actions import describe_changes, join_words, move_written, record
from crm.records.activities.deletion import delete_with_timeline, restore_with_timeline
from crm.records.activities.models import Kind
from crm.records.activities.queries import insert_created, move_back
from crm.records.activities.timeline import read_timeline

__all__ = [
    "Kind",
    "delete_with_timeline",
    "describe_changes",
    "insert_created",
    "join_words",
    "move_back",
    "move_written",
    "read_timeline",
    "record",
    "restore_with_timeline",
]
