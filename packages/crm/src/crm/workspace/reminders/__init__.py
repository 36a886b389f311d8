"""Mails that remind each user of tasks, and the digest of each working day."""

from crm.workspace.reminders.record import UNDOABLE

__all__ = ["UNDOABLE"]
