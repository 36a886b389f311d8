"""Webhooks: what happens here is told to other programs, signed, tried again, and kept on record."""

from crm.webhooks.actions import change, create, get, lock, pause, remove, resume, rotate, rotate_keys
from crm.webhooks.deliveries.actions import fan_out, redeliver, send_test
from crm.webhooks.deliveries.jobs import deliver, forget_old
from crm.webhooks.forms import ChangeWebhook, NewWebhook
from crm.webhooks.models import EVENTS, Webhook

__all__ = [
    "EVENTS",
    "ChangeWebhook",
    "NewWebhook",
    "Webhook",
    "change",
    "create",
    "deliver",
    "fan_out",
    "forget_old",
    "get",
    "lock",
    "pause",
    "redeliver",
    "remove",
    "resume",
    "rotate",
    "rotate_keys",
    "send_test",
]
