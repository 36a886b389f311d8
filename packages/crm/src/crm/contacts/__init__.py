"""People: found or created from an e-mail address."""

from crm.contacts.actions import build_events, change, create, find_or_create, get, list_contacts, lock
from crm.contacts.addresses import key_of
from crm.contacts.deletion import forget_made_with, remove, restore
from crm.contacts.forms import ChangeContact, ContactFilter, NewContact
from crm.contacts.models import Contact
from crm.contacts.queries import by_key, found_or_made

__all__ = [
    "ChangeContact",
    "Contact",
    "ContactFilter",
    "NewContact",
    "build_events",
    "by_key",
    "change",
    "create",
    "find_or_create",
    "forget_made_with",
    "found_or_made",
    "get",
    "key_of",
    "list_contacts",
    "lock",
    "remove",
    "restore",
]
