"""Saved views: what a list shows, under a name, for oneself or for everybody."""

from crm.records.saved_views.api import UNDOABLE
from crm.records.saved_views.queries import list_views

__all__ = ["UNDOABLE", "list_views"]
