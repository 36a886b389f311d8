"""People outside: found or created from an e-mail address."""

from crm.records.contacts.actions import build_events, change, create, find_or_create, get, list_contacts, lock
from crm.records.contacts.deletion import delete, restore
from crm.records.contacts.email_keys import key_of
from crm.records.contacts.forms import ChangeContact, ContactFilter, NewContact
from crm.records.contacts.models import Contact
from crm.records.contacts.queries import delete_created_with, find_by_key, find_or_create_sql

__all__ = [
    "ChangeContact",
    "Contact",
    "ContactFilter",
    "NewContact",
    "build_events",
    "change",
    "create",
    "delete",
    "delete_created_with",
    "find_by_key",
    "find_or_create",
    "find_or_create_sql",
    "get",
    "key_of",
    "list_contacts",
    "lock",
    "restore",
]
