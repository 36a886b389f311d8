"""Deliveries: the one engine under webhooks, notifications and mail, and the form that both kinds of target share."""

from crm.outbound.deliveries.pages import TargetPages
from crm.outbound.deliveries.queue import Attempt, DeliveryQueue, Outcome, Task

__all__ = ["Attempt", "DeliveryQueue", "Outcome", "TargetPages", "Task"]
