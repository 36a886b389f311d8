"""Contacts in the API."""

from __future__ import annotations

from crm.records.common import Record
from crm.records.contacts import actions, deletion
from crm.records.contacts.forms import ChangeContact, ContactFilter, NewContact
from crm.records.contacts.queries import TABLE

RECORD = Record(
    noun="contact", plural="contacts", table=TABLE, filter=ContactFilter, new=NewContact, changes=ChangeContact,
    list_page=actions.list_contacts, apply_filters=actions.apply_filters,
    create=actions.create, change=actions.change, delete=deletion.delete, restore=deletion.restore,
)  # fmt: skip
