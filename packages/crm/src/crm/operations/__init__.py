"""How the service itself is: backups and drills, recurring jobs, queue, memory, storage, and figures for watchers."""

from crm.operations.actions import condition, take_backup, take_restore
from crm.operations.forms import NewBackup, NewRestore
from crm.operations.models import Backup, Condition, Drill

__all__ = ["Backup", "Condition", "Drill", "NewBackup", "NewRestore", "condition", "take_backup", "take_restore"]
