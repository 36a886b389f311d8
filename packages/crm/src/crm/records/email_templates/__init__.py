"""Texts of e-mails that are written often, with placeholders such as `{{first_name}}`."""

from crm.records.email_templates.actions import create, get, list_all
from crm.records.email_templates.api import RECORD
from crm.records.email_templates.forms import NewEmailTemplate
from crm.records.email_templates.placeholders import fill_in, find_placeholders

__all__ = ["RECORD", "NewEmailTemplate", "create", "fill_in", "find_placeholders", "get", "list_all"]
