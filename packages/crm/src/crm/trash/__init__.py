"""What was deleted and can still come back, for thirty days."""

from crm.trash.actions import forget_demo, has, keep, put_back, take
from crm.trash.models import KEPT, Kind, Rows, Trashed

__all__ = ["KEPT", "Kind", "Rows", "Trashed", "forget_demo", "has", "keep", "put_back", "take"]
