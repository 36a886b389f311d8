"""What happens to webhook endpoints that others may want to know."""

from __future__ import annotations

from datetime import datetime

from crm.event_names import EventName
from crm.kernel.events import Event


class WebhookPaused(Event, frozen=True, kw_only=True):
    """The system paused an endpoint. Its URL is left out, because it may hold a secret."""

    kind = EventName.WEBHOOK_PAUSED
    id: int
    name: str
    reason: str
    failing_since: datetime | None
