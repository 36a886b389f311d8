"""Saved views: what a list shows, under a name, for oneself or for everybody."""

from crm.records.saved_views.models import ListView, SavedView
from crm.records.saved_views.queries import list_views

__all__ = ["ListView", "SavedView", "list_views"]
