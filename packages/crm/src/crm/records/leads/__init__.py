"""Leads: created from enquiries, worked on along the pipeline, won or lost."""

from crm.records.leads.actions import (
    add_received,
    assign,
    change,
    count_by_status,
    find,
    finish,
    get,
    lock,
    move,
)
from crm.records.leads.api import RECORD, UNDOABLE
from crm.records.leads.attribution import KEYS as ATTRIBUTION_KEYS
from crm.records.leads.attribution import LABELS as ATTRIBUTION_LABELS
from crm.records.leads.attribution import UNKNOWN, Attribution
from crm.records.leads.attribution import format_key as format_attribution
from crm.records.leads.board_queries import ON_BOARD, find_title_above
from crm.records.leads.board_queries import POSITION as BOARD_POSITION
from crm.records.leads.capacity import HAS_WORK, LAST_WEEK, START_WEEK
from crm.records.leads.create import (
    Arrival,
    ImportedLead,
    check_lost_reason,
    check_next_action,
    create,
    create_from_enquiries,
    create_imported,
)
from crm.records.leads.deletion import delete, forget_synthetic
from crm.records.leads.fields import PAGE_FIELDS, with_form_fields
from crm.records.leads.filters import LeadFilter
from crm.records.leads.follow_ups import find_open_leads
from crm.records.leads.forms import ChangeLead, LostChoice, LostReason, NewLead, Touch, compose_reason
from crm.records.leads.hand_over import HandedOver, hand_over
from crm.records.leads.models import LOST_REASONS, Lead, LeadCard, round_value
from crm.records.leads.pages import PAGES
from crm.records.leads.queries import CARD_COLUMNS, count_in_stage, find_newest_open, has_choice
from crm.records.leads.segments import ANSWERED_AT, IDLE_BOUNDS, LAST_ACTIVITY, RESPONSE_BOUNDS, Segment
from crm.records.leads.segments import add_condition as add_segment_condition
from crm.records.leads.segments import format_condition as format_segment_condition
from crm.records.leads.segments import url_of as segment_url
from crm.records.leads.stage_moves import move_all, move_back
from crm.records.stages import Status

__all__ = [
    "ANSWERED_AT",
    "ATTRIBUTION_KEYS",
    "ATTRIBUTION_LABELS",
    "BOARD_POSITION",
    "CARD_COLUMNS",
    "HAS_WORK",
    "IDLE_BOUNDS",
    "LAST_ACTIVITY",
    "LAST_WEEK",
    "LOST_REASONS",
    "ON_BOARD",
    "PAGES",
    "PAGE_FIELDS",
    "RECORD",
    "RESPONSE_BOUNDS",
    "START_WEEK",
    "UNDOABLE",
    "UNKNOWN",
    "Arrival",
    "Attribution",
    "ChangeLead",
    "HandedOver",
    "ImportedLead",
    "Lead",
    "LeadCard",
    "LeadFilter",
    "LostChoice",
    "LostReason",
    "NewLead",
    "Segment",
    "Status",
    "Touch",
    "add_received",
    "add_segment_condition",
    "assign",
    "change",
    "check_lost_reason",
    "check_next_action",
    "compose_reason",
    "count_by_status",
    "count_in_stage",
    "create",
    "create_from_enquiries",
    "create_imported",
    "delete",
    "find",
    "find_newest_open",
    "find_open_leads",
    "find_title_above",
    "finish",
    "forget_synthetic",
    "format_attribution",
    "format_segment_condition",
    "get",
    "hand_over",
    "has_choice",
    "lock",
    "move",
    "move_all",
    "move_back",
    "round_value",
    "segment_url",
    "with_form_fields",
]
