"""The stages of the pipeline: their names, order and probabilities."""

from crm.records.stages.actions import change, check_deletion, create, delete, get, hold, lock, restore
from crm.records.stages.cache import current, read, remember
from crm.records.stages.forms import ChangeStage, NewStage, Status
from crm.records.stages.models import CLOSED, ENTRY, Stage
from crm.records.stages.queries import list_all

__all__ = [
    "CLOSED",
    "ENTRY",
    "ChangeStage",
    "NewStage",
    "Stage",
    "Status",
    "change",
    "check_deletion",
    "create",
    "current",
    "delete",
    "get",
    "hold",
    "list_all",
    "lock",
    "read",
    "remember",
    "restore",
]
