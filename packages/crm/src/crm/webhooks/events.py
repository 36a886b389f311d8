"""What happens to receivers that others may want to know."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from crm.kernel.events import Event


class WebhookPaused(Event, frozen=True, kw_only=True):
    """A receiver was paused by the system. Its address is left out: it may hold a secret of its own."""

    kind: ClassVar[str] = "webhook.paused"
    id: int
    name: str
    reason: str
    failing_since: datetime | None
