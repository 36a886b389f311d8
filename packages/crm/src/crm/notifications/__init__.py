"""Notifications: the owner hears of what matters, in the channels they already watch."""

from crm.notifications.actions import (
    change,
    create,
    ensure_admin,
    fan_out,
    get,
    lock,
    remove,
    rotate_keys,
    send_test,
    sink,
    switch,
)
from crm.notifications.forms import NewChannel
from crm.notifications.jobs import forget_old, send, take_in_sink
from crm.notifications.models import EVENTS, Channel

__all__ = [
    "EVENTS",
    "Channel",
    "NewChannel",
    "change",
    "create",
    "ensure_admin",
    "fan_out",
    "forget_old",
    "get",
    "lock",
    "remove",
    "rotate_keys",
    "send",
    "send_test",
    "sink",
    "switch",
    "take_in_sink",
]
