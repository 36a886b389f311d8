"""Contacts in the API."""

from __future__ import annotations

import msgspec

from crm.records.base import Record
from crm.records.contacts import actions, deletion, proposals
from crm.records.contacts.forms import ChangeContact, ChangeIgnored, ContactFilter, NewContact
from crm.records.contacts.queries import TABLE, WITH_IGNORED

RECORD = Record(
    noun="contact", plural="contacts", table=TABLE, filter=ContactFilter, new=NewContact, changes=ChangeContact,
    apply_filters=actions.apply_filters,
    create=actions.create, change=actions.change, delete=deletion.delete, restore=deletion.restore,
)  # fmt: skip
UNDOABLE = msgspec.structs.replace(RECORD, table=WITH_IGNORED, changes=ChangeIgnored, change=proposals.change_ignored)
"""The record with what it ignores."""
