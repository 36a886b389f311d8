"""Organizations: found or created from a mail domain or a name."""

from crm.companies.actions import build_events, change, create, find_or_create, get, list_companies, list_names, lock
from crm.companies.deletion import delete, forget_created_with, restore, restore_related
from crm.companies.domains import domain_of
from crm.companies.forms import ChangeCompany, CompanyFilter, NewCompany
from crm.companies.models import Company
from crm.companies.queries import find_or_create_sql, list_leads, lock_names

__all__ = [
    "ChangeCompany",
    "Company",
    "CompanyFilter",
    "NewCompany",
    "build_events",
    "change",
    "create",
    "delete",
    "domain_of",
    "find_or_create",
    "find_or_create_sql",
    "forget_created_with",
    "get",
    "list_companies",
    "list_leads",
    "list_names",
    "lock",
    "lock_names",
    "restore",
    "restore_related",
]
