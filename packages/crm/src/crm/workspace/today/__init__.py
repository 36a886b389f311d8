"""The Today page: enquiries, next steps and quiet leads that need attention now."""

from crm.workspace.today.queries import (
    count_failed_notifications,
    list_due,
    list_due_tasks,
    list_quiet,
    list_waiting,
)

__all__ = ["count_failed_notifications", "list_due", "list_due_tasks", "list_quiet", "list_waiting"]
