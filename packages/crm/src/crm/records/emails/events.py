"""The events of e-mails. `email` is the record as the API gives it, with at most the first 2,000 characters."""

from __future__ import annotations

from typing import Any

import msgspec

from crm.event_names import EventName
from crm.kernel.actor import Actor
from crm.kernel.events import Event
from crm.records.emails.models import Email

MAX_BODY = 2000


class EmailReceived(Event, frozen=True):
    """A person wrote. Automatic replies and bounces are no such event."""

    kind = EventName.EMAIL_RECEIVED
    email: dict[str, Any]
    by: Actor

    @classmethod
    def of(cls, email: Email, by: Actor) -> EmailReceived:
        """The event of an e-mail that was stored."""
        short = msgspec.structs.replace(email, body=email.body[:MAX_BODY], quoted="")
        return cls(email=msgspec.to_builtins(short), by=by)
