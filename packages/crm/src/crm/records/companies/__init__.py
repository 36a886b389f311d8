"""Organizations: found or created from a mail domain or a name."""

from crm.records.companies.actions import (
    build_events,
    choose,
    company_name,
    find_or_create,
    get,
    list_names,
    lock,
    record_outcomes,
)
from crm.records.companies.deletion import restore_related
from crm.records.companies.domains import domain_of, suggest_name
from crm.records.companies.models import Company
from crm.records.companies.queries import delete_created_with, find_or_create_sql, lock_names

__all__ = [
    "Company",
    "build_events",
    "choose",
    "company_name",
    "delete_created_with",
    "domain_of",
    "find_or_create",
    "find_or_create_sql",
    "get",
    "list_names",
    "lock",
    "lock_names",
    "record_outcomes",
    "restore_related",
    "suggest_name",
]
