"""Import of companies, contacts and leads from CSV files: mapping, check, run in batches, and undo for 30 days."""

from crm.workspace.imports.jobs import JOB, delete_old, run

__all__ = ["JOB", "delete_old", "run"]
