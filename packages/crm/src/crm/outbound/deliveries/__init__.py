"""Deliveries: the one engine under webhooks, notifications and mail, and the form that both kinds of target share."""

from crm.outbound.deliveries.pages import TargetPages, post_once
from crm.outbound.deliveries.queue import Attempt, DeliveryQueue, Outcome, Task
from crm.outbound.deliveries.targets import TargetTable

__all__ = ["Attempt", "DeliveryQueue", "Outcome", "TargetPages", "TargetTable", "Task", "post_once"]
