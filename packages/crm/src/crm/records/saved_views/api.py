"""Saved views in the API. Programs see and change those that are shared."""

from __future__ import annotations

import msgspec

from crm.records.base import Record
from crm.records.saved_views import actions
from crm.records.saved_views.forms import ChangeOwnView, ChangeView, NewView, ViewFilter
from crm.records.saved_views.queries import SHARED, TABLE

RECORD = Record(
    noun="view", plural="views", table=SHARED, filter=ViewFilter, new=NewView, changes=ChangeView,
    apply_filters=actions.apply_filters,
    create=actions.create_shared, change=actions.change, delete=actions.delete, restore=actions.restore,
    permission="own",
)  # fmt: skip
UNDOABLE = msgspec.structs.replace(RECORD, table=TABLE, changes=ChangeOwnView)
"""The record with the views that only one person sees."""
