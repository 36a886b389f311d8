"""Enquiries on the pipeline: captured, worked on, won or lost."""

from crm.leads.actions import change, counts, finish, forget_synthetic, get, hold, listed, move, newest, remove
from crm.leads.capture import capture
from crm.leads.forms import ChangeLead, LeadAsk, NewLead, Touch
from crm.leads.models import CLOSED, STAGES, Channel, Lead, Status, public

__all__ = [
    "CLOSED",
    "STAGES",
    "ChangeLead",
    "Channel",
    "Lead",
    "LeadAsk",
    "NewLead",
    "Status",
    "Touch",
    "capture",
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
]
