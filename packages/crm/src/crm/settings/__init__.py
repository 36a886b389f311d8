"""What the organization chose: its name, time zone, currency, and how long things are kept."""

from crm.settings.actions import change, read
from crm.settings.models import Settings

__all__ = ["Settings", "change", "read"]
