"""The shared timeline: what happened with a lead, a contact or a company, and who did it."""

from crm.records.activities.actions import describe_changes, move_written, record
from crm.records.activities.api import RECORD
from crm.records.activities.deletion import delete_with_timeline, restore_with_timeline
from crm.records.activities.models import Kind
from crm.records.activities.queries import (
    answered_at_sql,
    delete_of_email,
    insert_created,
    last_activity_sql,
    move_back,
)
from crm.records.activities.timeline import read_timeline

__all__ = [
    "RECORD",
    "Kind",
    "answered_at_sql",
    "delete_of_email",
    "delete_with_timeline",
    "describe_changes",
    "insert_created",
    "last_activity_sql",
    "move_back",
    "move_written",
    "read_timeline",
    "record",
    "restore_with_timeline",
]
