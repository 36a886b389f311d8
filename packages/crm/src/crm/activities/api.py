"""Activities in the API."""

from __future__ import annotations

from crm.activities import actions
from crm.activities.forms import ActivityFilter, ChangeActivity, NewActivity
from crm.activities.queries import TABLE
from crm.records import Record

RECORD = Record(
    noun="activity", plural="activities", table=TABLE, filter=ActivityFilter, new=NewActivity, changes=ChangeActivity,
    list_page=actions.list_activities, create=actions.create, change=actions.change, delete=actions.delete,
)  # fmt: skip
