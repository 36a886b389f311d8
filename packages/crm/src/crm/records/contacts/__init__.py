"""People outside: found or created from an e-mail address."""

from crm.records.contacts.actions import build_events, get
from crm.records.contacts.deletion import restore
from crm.records.contacts.email_keys import key_of
from crm.records.contacts.models import Contact
from crm.records.contacts.proposals import list_proposals
from crm.records.contacts.queries import delete_created_with, find_by_key, find_or_create_sql

__all__ = [
    "Contact",
    "build_events",
    "delete_created_with",
    "find_by_key",
    "find_or_create_sql",
    "get",
    "key_of",
    "list_proposals",
    "restore",
]
