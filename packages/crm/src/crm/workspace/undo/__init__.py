"""Undo: reverts a change set where nothing later conflicts, and asks about each field where something does."""

from crm.workspace.undo.actions import undo_change
from crm.workspace.undo.jobs import JOB, delete_old, run

__all__ = ["JOB", "delete_old", "run", "undo_change"]
