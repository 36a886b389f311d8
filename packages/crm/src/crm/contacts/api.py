"""Contacts in the API."""

from __future__ import annotations

from crm.contacts import actions, deletion
from crm.contacts.forms import ChangeContact, ContactFilter, NewContact
from crm.contacts.queries import TABLE
from crm.records import Record

RECORD = Record(
    noun="contact", plural="contacts", table=TABLE, filter=ContactFilter, new=NewContact, changes=ChangeContact,
    list_page=actions.list_contacts, create=actions.create, change=actions.change, delete=deletion.delete,
)  # fmt: skip
