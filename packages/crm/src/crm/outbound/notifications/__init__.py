"""Notifications: messages about events to the chats and mailboxes that people already watch."""

from crm.outbound.notifications.actions import ensure_admin, rotate_keys
from crm.outbound.notifications.assignments import mail_new_owner, mail_new_owners
from crm.outbound.notifications.deliveries import fan_out, use_test_channel
from crm.outbound.notifications.jobs import record_in_test_channel, send
from crm.outbound.notifications.messages import EVENTS, Clean, to_plain_text
from crm.outbound.notifications.models import Message
from crm.outbound.notifications.personal import read_address as read_personal_address
from crm.outbound.notifications.personal import send as send_to_user
from crm.outbound.notifications.personal import set_active as set_personal_active

__all__ = [
    "EVENTS",
    "Clean",
    "Message",
    "ensure_admin",
    "fan_out",
    "mail_new_owner",
    "mail_new_owners",
    "read_personal_address",
    "record_in_test_channel",
    "rotate_keys",
    "send",
    "send_to_user",
    "set_personal_active",
    "to_plain_text",
    "use_test_channel",
]
