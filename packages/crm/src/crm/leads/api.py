"""Leads in the API."""

from __future__ import annotations

from crm.leads import actions, deletion
from crm.leads.create import create
from crm.leads.forms import ChangeLead, LeadFilter, NewLead
from crm.leads.queries import TABLE
from crm.records import Record

RECORD = Record(
    noun="lead", plural="leads", table=TABLE, filter=LeadFilter, new=NewLead, changes=ChangeLead,
    list_page=actions.list_leads, create=create, change=actions.change, delete=deletion.delete,
)  # fmt: skip
