"""Enquiries on the pipeline: captured, worked on, won or lost."""

from crm.leads.actions import change, counts, finish, get, hold, listed, move, newest
from crm.leads.capture import Arrival, capture, capture_enquiries
from crm.leads.forms import ChangeLead, LeadAsk, NewLead, Touch
from crm.leads.models import CLOSED, STAGES, Channel, Lead, Status, public
from crm.leads.removal import forget_synthetic, remove, restore

__all__ = [
    "CLOSED",
    "STAGES",
    "Arrival",
    "ChangeLead",
    "Channel",
    "Lead",
    "LeadAsk",
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
    "hold",
    "listed",
    "move",
    "newest",
    "public",
    "remove",
    "restore",
]
