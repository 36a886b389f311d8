"""When each user works: time zone, working days, quiet hours, and which mails they want."""

from crm.accounts.working_hours.forms import Change, read_values
from crm.accounts.working_hours.models import WorkingHours
from crm.accounts.working_hours.queries import list_workers, read, store

__all__ = ["Change", "WorkingHours", "list_workers", "read", "read_values", "store"]
