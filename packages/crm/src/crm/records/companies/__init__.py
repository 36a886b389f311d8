"""Organizations: found or created from a mail domain or a name."""

from crm.records.companies.actions import (
    build_events,
    choose,
    describe,
    find_or_create,
    get,
    list_names,
    lock,
    record_outcomes,
)
from crm.records.companies.deletion import restore_related
from crm.records.companies.domains import domain_of
from crm.records.companies.pages import PAGES
from crm.records.companies.queries import delete_created_with, find_or_create_many

__all__ = [
    "PAGES",
    "build_events",
    "choose",
    "delete_created_with",
    "describe",
    "domain_of",
    "find_or_create",
    "find_or_create_many",
    "get",
    "list_names",
    "lock",
    "record_outcomes",
    "restore_related",
]
