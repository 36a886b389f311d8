"""One change of many leads, by as many steps as it takes: with progress, reasons for what was left out, and undo."""

from crm.workspace.bulk_changes.jobs import JOB, run

__all__ = ["JOB", "run"]
