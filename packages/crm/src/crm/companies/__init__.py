"""Organizations: found or created from a mail domain or a name."""

from crm.companies.actions import build_events, change, create, find_or_create, get, list_companies, lock, names
from crm.companies.deletion import forget_made_with, remove, restore, restore_too
from crm.companies.domains import domain_of
from crm.companies.forms import ChangeCompany, CompanyFilter, NewCompany
from crm.companies.models import Company, Enquiry
from crm.companies.queries import found_or_made, leads_of, lock_names

__all__ = [
    "ChangeCompany",
    "Company",
    "CompanyFilter",
    "Enquiry",
    "NewCompany",
    "build_events",
    "change",
    "create",
    "domain_of",
    "find_or_create",
    "forget_made_with",
    "found_or_made",
    "get",
    "leads_of",
    "list_companies",
    "lock",
    "lock_names",
    "names",
    "remove",
    "restore",
    "restore_too",
]
