"""What receivers are told about contacts."""

from __future__ import annotations

from typing import ClassVar

from crm.contacts.models import Contact
from crm.kernel.actor import Actor
from crm.kernel.events import Event


class ContactCreated(Event, frozen=True):
    kind: ClassVar[str] = "contact.created"
    contact: Contact
    by: Actor


class ContactChanged(Event, frozen=True):
    kind: ClassVar[str] = "contact.changed"
    contact: Contact
    changed: list[str]
    by: Actor


class ContactDeleted(Event, frozen=True):
    kind: ClassVar[str] = "contact.deleted"
    contact: Contact
    by: Actor


class ContactRestored(Event, frozen=True):
    """A deleted contact is back, under the number it had."""

    kind: ClassVar[str] = "contact.restored"
    contact: Contact
    by: Actor
