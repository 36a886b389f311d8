"""Which module reacts to which event, inside the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping

from crm import notifications, webhooks
from crm.event_names import EventName
from crm.kernel.events import Reaction

TABLE: Mapping[str, tuple[Reaction, ...]] = {
    **dict.fromkeys(EventName, (webhooks.fan_out,)),
    **dict.fromkeys(notifications.EVENTS, (webhooks.fan_out, notifications.fan_out)),
    EventName.LEAD_SYNTHETIC: (webhooks.fan_out, notifications.use_test_channel),
}
"""Webhooks receive every event, notification channels those that they have a message for."""
