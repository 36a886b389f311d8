"""The settings of the organization: name, time zone, currency and data retention."""

from crm.accounts.settings.actions import has_happened, note, read, read_note
from crm.accounts.settings.forms import list_time_zones
from crm.accounts.settings.models import defaults
from crm.accounts.settings.queries import CURRENCY

__all__ = ["CURRENCY", "defaults", "has_happened", "list_time_zones", "note", "read", "read_note"]
