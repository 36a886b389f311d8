"""Webhooks: signed messages about events to other programs, with retries and a history."""

from crm.outbound.webhooks.actions import rotate_keys
from crm.outbound.webhooks.deliveries import fan_out
from crm.outbound.webhooks.jobs import deliver

__all__ = ["deliver", "fan_out", "rotate_keys"]
