"""Leads in the API."""

from __future__ import annotations

from crm.records.common import Record
from crm.records.leads import actions, deletion
from crm.records.leads.create import create
from crm.records.leads.filters import LeadFilter
from crm.records.leads.forms import ChangeLead, NewLead
from crm.records.leads.queries import TABLE

RECORD = Record(
    noun="lead", plural="leads", table=TABLE, filter=LeadFilter, new=NewLead, changes=ChangeLead,
    list_page=actions.list_leads, apply_filters=actions.apply_filters,
    create=create, change=actions.change, delete=deletion.delete,
)  # fmt: skip
