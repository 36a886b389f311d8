"""What leads, contacts, companies and activities share: the statements of a table, API handlers, pages, form fields."""

from crm.records.common.edit_conflicts import render_conflict
from crm.records.common.events import RecordEvents
from crm.records.common.fields import (
    ListFilter,
    NameSort,
    Notes,
    RecordId,
    change_form,
    changed_values,
    field,
    labels,
    page_form,
    search_text,
)
from crm.records.common.pages import page_to_show, render_cannot_delete, render_detail
from crm.records.common.prev_next import list_query
from crm.records.common.queries import Table, table
from crm.records.common.record import Record
from crm.records.common.record_pages import Choices, RecordPages, Values, read_fields
from crm.records.common.search import Search
from crm.records.common.search_parser import parse_search

__all__ = [
    "Choices",
    "ListFilter",
    "NameSort",
    "Notes",
    "Record",
    "RecordEvents",
    "RecordId",
    "RecordPages",
    "Search",
    "Table",
    "Values",
    "change_form",
    "changed_values",
    "field",
    "labels",
    "list_query",
    "page_form",
    "page_to_show",
    "parse_search",
    "read_fields",
    "render_cannot_delete",
    "render_conflict",
    "render_detail",
    "search_text",
    "table",
]
