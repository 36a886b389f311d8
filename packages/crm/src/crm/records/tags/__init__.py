"""Tags: words with a color on leads, contacts and companies."""

from crm.records.tags.actions import bring_back, check_ids, create_missing, get, lock, merge
from crm.records.tags.forms import MergeTag, NewTag, TagIds
from crm.records.tags.models import COLORS, TagSet
from crm.records.tags.queries import delete, read_tags, update
from crm.records.tags.queries import insert as create

__all__ = [
    "COLORS",
    "MergeTag",
    "NewTag",
    "TagIds",
    "TagSet",
    "bring_back",
    "check_ids",
    "create",
    "create_missing",
    "delete",
    "get",
    "lock",
    "merge",
    "read_tags",
    "update",
]
