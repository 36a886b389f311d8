"""The trash: deleted records, which can be restored for 30 days."""

from crm.records.trash.actions import get, keep, take
from crm.records.trash.models import RETENTION, Kind, Rows, TrashEntry
from crm.records.trash.pages import render
from crm.records.trash.queries import add_rows, forget_demo, has, list_before, list_leads_of, put_back

__all__ = [
    "RETENTION",
    "Kind",
    "Rows",
    "TrashEntry",
    "add_rows",
    "forget_demo",
    "get",
    "has",
    "keep",
    "list_before",
    "list_leads_of",
    "put_back",
    "render",
    "take",
]
