"""Enquiries on the pipeline: captured, worked on, won or lost."""

from crm.leads.actions import change, counts, finish, get, list_leads, lock, move, newest
from crm.leads.capture import Arrival, capture, capture_enquiries
from crm.leads.deletion import forget_synthetic, remove, restore
from crm.leads.forms import ChangeLead, LeadFilter, NewLead, Touch
from crm.leads.models import CLOSED, STAGES, Channel, Lead, Status, public

__all__ = [
    "CLOSED",
    "STAGES",
    "Arrival",
    "ChangeLead",
    "Channel",
    "Lead",
    "LeadFilter",
    "NewLead",
    "Status",
    "Touch",
    "capture",
    "capture_enquiries",
    "change",
    "counts",
    "finish",
    "forget_synthetic",
    "get",
    "list_leads",
    "lock",
    "move",
    "newest",
    "public",
    "remove",
    "restore",
]
