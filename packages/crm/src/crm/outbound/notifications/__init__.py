"""Notifications: messages about events to the chats and mailboxes that people already watch."""

from crm.outbound.notifications.actions import ensure_admin, rotate_keys
from crm.outbound.notifications.assignments import mail_new_owner, mail_new_owners
from crm.outbound.notifications.deliveries import fan_out, use_test_channel
from crm.outbound.notifications.jobs import record_in_test_channel, send
from crm.outbound.notifications.messages import EVENTS, to_plain_text

__all__ = [
    "EVENTS",
    "ensure_admin",
    "fan_out",
    "mail_new_owner",
    "mail_new_owners",
    "record_in_test_channel",
    "rotate_keys",
    "send",
    "to_plain_text",
    "use_test_channel",
]
