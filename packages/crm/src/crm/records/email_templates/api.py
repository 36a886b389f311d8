"""Templates in the API."""

from __future__ import annotations

from crm.records.base import Record
from crm.records.email_templates import actions
from crm.records.email_templates.actions import TABLE
from crm.records.email_templates.forms import ChangeEmailTemplate, EmailTemplateFilter, NewEmailTemplate

RECORD = Record(
    noun="template", plural="templates", table=TABLE, filter=EmailTemplateFilter, new=NewEmailTemplate,
    changes=ChangeEmailTemplate,
    create=actions.create, change=actions.change, delete=actions.delete,
)  # fmt: skip
