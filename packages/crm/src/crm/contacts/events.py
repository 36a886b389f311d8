"""What webhooks receive about contacts."""

from __future__ import annotations

from crm.contacts.models import Contact
from crm.event_names import EventName
from crm.kernel.actor import Actor
from crm.kernel.events import Event


class ContactCreated(Event, frozen=True):
    kind = EventName.CONTACT_CREATED
    contact: Contact
    by: Actor


class ContactChanged(Event, frozen=True):
    kind = EventName.CONTACT_CHANGED
    contact: Contact
    changed: list[str]
    by: Actor


class ContactDeleted(Event, frozen=True):
    kind = EventName.CONTACT_DELETED
    contact: Contact
    by: Actor


class ContactRestored(Event, frozen=True):
    """A deleted contact is back, under the number it had."""

    kind = EventName.CONTACT_RESTORED
    contact: Contact
    by: Actor
