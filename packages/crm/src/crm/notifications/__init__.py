"""Notifications: messages about events to the chats and mailboxes that people already watch."""

from crm.notifications.actions import create, ensure_admin, rotate_keys
from crm.notifications.deliveries import fan_out, use_test_channel
from crm.notifications.forms import NewChannel
from crm.notifications.jobs import delete_old, record_in_test_channel, send
from crm.notifications.messages import EVENTS

__all__ = [
    "EVENTS",
    "NewChannel",
    "create",
    "delete_old",
    "ensure_admin",
    "fan_out",
    "record_in_test_channel",
    "rotate_keys",
    "send",
    "use_test_channel",
]
