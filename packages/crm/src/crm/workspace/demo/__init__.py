"""Sample data: half a year of a small consultancy. It is marked as such and can be removed in one click."""

from crm.workspace.demo.actions import fill, is_empty, remove

__all__ = ["fill", "is_empty", "remove"]
