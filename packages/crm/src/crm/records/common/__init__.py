"""What leads, contacts and companies share: pages, lists, filters and search."""

from crm.records.common.columns import Column
from crm.records.common.edit_conflicts import render_conflict
from crm.records.common.filter_chips import ActiveFilter
from crm.records.common.filter_sql import add_conditions, add_days
from crm.records.common.filters import TAGS, FilterField, define_filters, define_time, with_filters
from crm.records.common.list_page import list_records
from crm.records.common.pages import page_to_show, render_cannot_delete, render_detail
from crm.records.common.prev_next import list_query
from crm.records.common.recent import read as read_recent
from crm.records.common.record_pages import Choices, RecordPages, Values, read_fields
from crm.records.common.search import Search
from crm.records.common.search_parser import parse_search
from crm.records.common.whose import PARAMETER as WHOSE_PARAMETER
from crm.records.common.whose import Whose
from crm.records.common.whose import read as read_whose
from crm.records.common.whose import remember as remember_whose

__all__ = [
    "TAGS",
    "WHOSE_PARAMETER",
    "ActiveFilter",
    "Choices",
    "Column",
    "FilterField",
    "RecordPages",
    "Search",
    "Values",
    "Whose",
    "add_conditions",
    "add_days",
    "define_filters",
    "define_time",
    "list_query",
    "list_records",
    "page_to_show",
    "parse_search",
    "read_fields",
    "read_recent",
    "read_whose",
    "remember_whose",
    "render_cannot_delete",
    "render_conflict",
    "render_detail",
    "with_filters",
]
