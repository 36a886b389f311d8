"""Webhooks: signed messages about events to other programs, with retries and a history."""

from crm.webhooks.actions import create, rotate_keys
from crm.webhooks.deliveries import fan_out
from crm.webhooks.forms import NewWebhook
from crm.webhooks.jobs import delete_old, deliver

__all__ = ["NewWebhook", "create", "delete_old", "deliver", "fan_out", "rotate_keys"]
