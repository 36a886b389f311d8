"""Leads: created from enquiries, worked on along the pipeline, won or lost."""

from crm.records.leads.actions import change, count_by_status, finish, get, list_leads, lock, move
from crm.records.leads.create import Arrival, create, create_from_enquiries
from crm.records.leads.deletion import delete, forget_synthetic
from crm.records.leads.fields import PAGE_FIELDS, with_form_fields
from crm.records.leads.follow_ups import find_open_leads
from crm.records.leads.forms import ChangeLead, LeadFilter, NewLead, Touch
from crm.records.leads.models import STAGES, Lead, Status

__all__ = [
    "PAGE_FIELDS",
    "STAGES",
    "Arrival",
    "ChangeLead",
    "Lead",
    "LeadFilter",
    "NewLead",
    "Status",
    "Touch",
    "change",
    "count_by_status",
    "create",
    "create_from_enquiries",
    "delete",
    "find_open_leads",
    "finish",
    "forget_synthetic",
    "get",
    "list_leads",
    "lock",
    "move",
    "with_form_fields",
]
