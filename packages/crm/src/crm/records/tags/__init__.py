"""Tags: words with a color on leads, contacts and companies."""

from crm.records.tags.actions import change, check_ids, create, create_missing, delete, get, lock, merge
from crm.records.tags.api import UNDOABLE
from crm.records.tags.forms import ChangeTag, MergeTag, NewTag, TagIds
from crm.records.tags.models import COLORS, TagSet
from crm.records.tags.queries import read_tags

__all__ = [
    "COLORS",
    "UNDOABLE",
    "ChangeTag",
    "MergeTag",
    "NewTag",
    "TagIds",
    "TagSet",
    "change",
    "check_ids",
    "create",
    "create_missing",
    "delete",
    "get",
    "lock",
    "merge",
    "read_tags",
]
