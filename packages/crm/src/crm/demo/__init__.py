"""Demo data: a believable half year of a small consultancy, marked as such and removable in one click."""

from crm.demo.actions import count, fill, is_empty, remove

__all__ = ["count", "fill", "is_empty", "remove"]
