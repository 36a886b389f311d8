"""The trash: deleted records, which can be restored for 30 days."""

from crm.records.trash.actions import add_rows, forget_demo, has, keep, put_back, take
from crm.records.trash.models import Rows

__all__ = ["Rows", "add_rows", "forget_demo", "has", "keep", "put_back", "take"]
