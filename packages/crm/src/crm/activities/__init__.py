"""The shared timeline: what happened with a lead, a contact or a company, and who did it."""

from crm.activities.actions import (
    change,
    create,
    detach,
    get,
    list_activities,
    lock,
    put_back,
    record,
    remove,
    timeline,
)
from crm.activities.days import Day, by_day
from crm.activities.forms import ActivityFilter, ChangeActivity, NewActivity
from crm.activities.models import WRITTEN, Activity, Kind
from crm.activities.queries import line
from crm.activities.sentences import join_words

__all__ = [
    "WRITTEN",
    "Activity",
    "ActivityFilter",
    "ChangeActivity",
    "Day",
    "Kind",
    "NewActivity",
    "by_day",
    "change",
    "create",
    "detach",
    "get",
    "join_words",
    "line",
    "list_activities",
    "lock",
    "put_back",
    "record",
    "remove",
    "timeline",
]
