"""Which module reacts to which event, inside the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping

from crm.event_names import EventName
from crm.kernel.events import Reaction
from crm.outbound import notifications, webhooks

TABLE: Mapping[str, tuple[Reaction, ...]] = {
    **dict.fromkeys(EventName, (webhooks.fan_out,)),
    **dict.fromkeys(notifications.EVENTS, (webhooks.fan_out, notifications.fan_out)),
    EventName.LEAD_ASSIGNED: (webhooks.fan_out, notifications.mail_new_owners),
    EventName.LEAD_SYNTHETIC: (webhooks.fan_out, notifications.use_test_channel),
}
"""Webhooks receive every event, notification channels those that they have a message for."""
