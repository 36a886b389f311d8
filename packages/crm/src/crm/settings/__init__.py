"""What the organization chose: its name, time zone, currency, and how long things are kept."""

from crm.settings.actions import change, has_happened, note, read
from crm.settings.models import Settings

__all__ = ["Settings", "change", "has_happened", "note", "read"]
