"""What every record is made of: the statements of its table, its form fields, its events, and its API handlers."""

from crm.records.base.events import RecordEvents
from crm.records.base.fields import (
    Control,
    ListFilter,
    NameSort,
    Notes,
    RecordId,
    change_form,
    changed_values,
    controls,
    field,
    find_meta,
    labels,
    page_form,
    search_text,
    sort_ids,
)
from crm.records.base.place import PLACE_FILTERS, PLACES, PlaceColumn, Placed
from crm.records.base.queries import Table, sort_text, table
from crm.records.base.record import Record, Undoable

__all__ = [
    "PLACES",
    "PLACE_FILTERS",
    "Control",
    "ListFilter",
    "NameSort",
    "Notes",
    "PlaceColumn",
    "Placed",
    "Record",
    "RecordEvents",
    "RecordId",
    "Table",
    "Undoable",
    "change_form",
    "changed_values",
    "controls",
    "field",
    "find_meta",
    "labels",
    "page_form",
    "search_text",
    "sort_ids",
    "sort_text",
    "table",
]
