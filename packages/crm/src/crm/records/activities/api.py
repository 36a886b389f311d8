"""Activities in the API."""

from __future__ import annotations

from crm.records.activities import actions
from crm.records.activities.forms import ActivityFilter, ChangeActivity, NewActivity
from crm.records.activities.queries import TABLE
from crm.records.base import Record

RECORD = Record(
    noun="activity", plural="activities", table=TABLE, filter=ActivityFilter, new=NewActivity, changes=ChangeActivity,
    apply_filters=actions.apply_filters,
    create=actions.create, change=actions.change, delete=actions.delete,
)  # fmt: skip
