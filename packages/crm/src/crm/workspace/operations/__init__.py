"""The state of the system: backups, restore tests, scheduled jobs, queue, memory, storage and metrics."""

from crm.workspace.operations.actions import read_status, store_backup, store_restore_test
from crm.workspace.operations.forms import NewBackup, NewRestoreTest
from crm.workspace.operations.models import Backup, RestoreTest, SystemStatus

__all__ = [
    "Backup",
    "NewBackup",
    "NewRestoreTest",
    "RestoreTest",
    "SystemStatus",
    "read_status",
    "store_backup",
    "store_restore_test",
]
