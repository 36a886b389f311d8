"""The shared timeline: what happened with a lead, a contact or a company, and who did it."""

from crm.activities.actions import change, create, detach, get, hold, listed, put_back, record, remove, timeline
from crm.activities.days import Day, by_day
from crm.activities.forms import ActivityAsk, ChangeActivity, NewActivity
from crm.activities.models import WRITTEN, Activity, Kind
from crm.activities.queries import line
from crm.activities.sentences import joined

__all__ = [
    "WRITTEN",
    "Activity",
    "ActivityAsk",
    "ChangeActivity",
    "Day",
    "Kind",
    "NewActivity",
    "by_day",
    "change",
    "create",
    "detach",
    "get",
    "hold",
    "joined",
    "line",
    "listed",
    "put_back",
    "record",
    "remove",
    "timeline",
]
