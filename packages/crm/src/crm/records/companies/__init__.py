"""Organizations: found or created from a mail domain or a name."""

from crm.records.companies.actions import (
    build_events,
    change,
    create,
    find_or_create,
    get,
    list_companies,
    list_names,
    lock,
)
from crm.records.companies.deletion import delete, restore, restore_related
from crm.records.companies.domains import domain_of
from crm.records.companies.forms import ChangeCompany, CompanyFilter, NewCompany
from crm.records.companies.models import Company
from crm.records.companies.queries import delete_created_with, find_or_create_sql, list_leads, lock_names

__all__ = [
    "ChangeCompany",
    "Company",
    "CompanyFilter",
    "NewCompany",
    "build_events",
    "change",
    "create",
    "delete",
    "delete_created_with",
    "domain_of",
    "find_or_create",
    "find_or_create_sql",
    "get",
    "list_companies",
    "list_leads",
    "list_names",
    "lock",
    "lock_names",
    "restore",
    "restore_related",
]
