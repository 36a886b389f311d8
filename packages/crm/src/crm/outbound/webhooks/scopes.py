"""Which scopes a key needs for the data that a webhook carries, so that a webhook is no way around them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from crm.accounts.api_keys import ApiKey
from crm.event_names import EventName
from crm.kernel.errors import ForbiddenError
from crm.outbound.webhooks.models import ALL_EVENTS, TEST, DeliveryDetail

_RESOURCES = {
    "lead": "leads",
    "contact": "contacts",
    "company": "companies",
    "task": "tasks",
    "submission": "leads",
    "email": "emails",
    "webhook": "webhooks",
}
"""Whose scope reads what the events of a noun carry. An enquiry holds what its lead will hold."""


def scope_of(event: str) -> str:
    """The scope that reads what this event carries."""
    return f"{_RESOURCES[event.partition('.')[0]]}:read"


def check_events(key: ApiKey, events: Iterable[str]) -> None:
    """Raise `ForbiddenError` if the key may not read what one of these events carries."""
    names = [name.value for name in EventName] if ALL_EVENTS in (events := list(events)) else events
    missing = sorted({scope_of(name) for name in names if name != TEST} - set(key.scopes))
    if missing:
        raise ForbiddenError(
            f"This key lacks {'the scope' if len(missing) == 1 else 'the scopes'} {', '.join(missing)}, which reading "
            "these events needs. Create one that has them under Settings, API keys."
        )


def hide_payload(key: ApiKey, delivery: DeliveryDetail) -> DeliveryDetail:
    """The delivery without its body and the answers to it, if the key may not read what it carries."""
    if delivery.event == TEST or scope_of(delivery.event) in key.scopes:
        return delivery
    attempts = [msgspec.structs.replace(attempt, answer="") for attempt in delivery.attempts]
    return msgspec.structs.replace(delivery, body=None, attempts=attempts)
