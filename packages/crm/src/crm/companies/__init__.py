"""Organizations: found or created from a mail domain or a name."""

from crm.companies.actions import change, create, find_or_create, get, hold, listed, names, news
from crm.companies.domains import domain_of
from crm.companies.forms import ChangeCompany, CompanyAsk, NewCompany
from crm.companies.models import Company, Enquiry
from crm.companies.queries import found_or_made, leads_of, lock_names
from crm.companies.removal import forget_made_with, remove, restore, restore_too

__all__ = [
    "ChangeCompany",
    "Company",
    "CompanyAsk",
    "Enquiry",
    "NewCompany",
    "change",
    "create",
    "domain_of",
    "find_or_create",
    "forget_made_with",
    "found_or_made",
    "get",
    "hold",
    "leads_of",
    "listed",
    "lock_names",
    "names",
    "news",
    "remove",
    "restore",
    "restore_too",
]
