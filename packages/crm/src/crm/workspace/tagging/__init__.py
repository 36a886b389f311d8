"""The page of all tags: added, renamed, colored, merged, deleted, with the number of records of each."""

from crm.workspace.tagging.queries import count_tagged

__all__ = ["count_tagged"]
