"""Undo: reverts a change set where nothing later conflicts, and asks about each field where something does."""

from crm.workspace.undo.actions import undo_change
from crm.workspace.undo.jobs import delete_old

__all__ = ["delete_old", "undo_change"]
