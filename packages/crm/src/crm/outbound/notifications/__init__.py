"""Notifications: messages about events to the chats and mailboxes that people already watch."""

from crm.outbound.notifications.actions import ensure_admin, rotate_keys
from crm.outbound.notifications.deliveries import fan_out, use_test_channel
from crm.outbound.notifications.jobs import record_in_test_channel, send
from crm.outbound.notifications.messages import EVENTS

__all__ = [
    "EVENTS",
    "ensure_admin",
    "fan_out",
    "record_in_test_channel",
    "rotate_keys",
    "send",
    "use_test_channel",
]
