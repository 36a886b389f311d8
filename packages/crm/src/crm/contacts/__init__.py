"""People: found or created from an e-mail address."""

from crm.contacts.actions import change, create, find_or_create, get, hold, listed, news
from crm.contacts.addresses import key_of
from crm.contacts.forms import ChangeContact, ContactAsk, NewContact
from crm.contacts.models import Contact
from crm.contacts.queries import by_key, found_or_made
from crm.contacts.removal import forget_made_with, remove, restore

__all__ = [
    "ChangeContact",
    "Contact",
    "ContactAsk",
    "NewContact",
    "by_key",
    "change",
    "create",
    "find_or_create",
    "forget_made_with",
    "found_or_made",
    "get",
    "hold",
    "key_of",
    "listed",
    "news",
    "remove",
    "restore",
]
