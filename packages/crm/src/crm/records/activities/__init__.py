"""The shared timeline: what happened with a lead, a contact or a company, and who did it."""

from crm.records.activities.actions import change, create, delete, get, join_words, list_timeline, lock, record
from crm.records.activities.deletion import delete_with_timeline, restore_with_timeline
from crm.records.activities.forms import ActivityFilter, ChangeActivity, NewActivity
from crm.records.activities.models import Activity, Kind
from crm.records.activities.queries import insert_sql
from crm.records.activities.timeline import group_by_day, read_timeline

__all__ = [
    "Activity",
    "ActivityFilter",
    "ChangeActivity",
    "Kind",
    "NewActivity",
    "change",
    "create",
    "delete",
    "delete_with_timeline",
    "get",
    "group_by_day",
    "insert_sql",
    "join_words",
    "list_timeline",
    "lock",
    "read_timeline",
    "record",
    "restore_with_timeline",
]
