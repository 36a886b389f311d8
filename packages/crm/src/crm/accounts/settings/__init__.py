"""The settings of the organization: name, time zone, currency and data retention."""

from crm.accounts.settings.actions import change, has_happened, note, read
from crm.accounts.settings.models import Settings, defaults
from crm.accounts.settings.queries import CURRENCY

__all__ = ["CURRENCY", "Settings", "change", "defaults", "has_happened", "note", "read"]
