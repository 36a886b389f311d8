"""People outside: found or created from an e-mail address."""

from crm.records.contacts.actions import build_events, change, choose, find_by_key, get, lock
from crm.records.contacts.api import UNDOABLE
from crm.records.contacts.deletion import restore
from crm.records.contacts.email_keys import key_of
from crm.records.contacts.forms import ChangeContact
from crm.records.contacts.models import Contact
from crm.records.contacts.pages import PAGES
from crm.records.contacts.proposals import list_proposals
from crm.records.contacts.queries import ContactHint, delete_created_with, find_or_create_many, list_ids_of_company

__all__ = [
    "PAGES",
    "UNDOABLE",
    "ChangeContact",
    "Contact",
    "ContactHint",
    "build_events",
    "change",
    "choose",
    "delete_created_with",
    "find_by_key",
    "find_or_create_many",
    "get",
    "key_of",
    "list_ids_of_company",
    "list_proposals",
    "lock",
    "restore",
]
