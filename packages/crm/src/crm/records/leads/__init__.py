"""Leads: created from enquiries, worked on along the pipeline, won or lost."""

from crm.records.leads.actions import change, count_by_status, finish, get, list_leads, lock, move
from crm.records.leads.create import Arrival, create, create_from_enquiries
from crm.records.leads.deletion import delete, forget_synthetic
from crm.records.leads.fields import PAGE_FIELDS, with_form_fields
from crm.records.leads.follow_ups import find_open_leads
from crm.records.leads.forms import ChangeLead, LeadFilter, NewLead, Touch
from crm.records.leads.hand_over import hand_over
from crm.records.leads.models import OPEN_STAGES, STAGES, Lead, Status
from crm.records.leads.segments import ANSWERED_AT, Segment
from crm.records.leads.segments import add_condition as add_segment_condition
from crm.records.leads.segments import url_of as segment_url

__all__ = [
    "ANSWERED_AT",
    "OPEN_STAGES",
    "PAGE_FIELDS",
    "STAGES",
    "Arrival",
    "ChangeLead",
    "Lead",
    "LeadFilter",
    "NewLead",
    "Segment",
    "Status",
    "Touch",
    "add_segment_condition",
    "change",
    "count_by_status",
    "create",
    "create_from_enquiries",
    "delete",
    "find_open_leads",
    "finish",
    "forget_synthetic",
    "get",
    "hand_over",
    "list_leads",
    "lock",
    "move",
    "segment_url",
    "with_form_fields",
]
