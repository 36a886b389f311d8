"""The stages of the pipeline: their names, order and probabilities."""

from crm.records.stages.actions import (
    change,
    check_deletion,
    create,
    delete,
    get,
    hold,
    lock,
    restore,
)
from crm.records.stages.cache import current, read, refresh
from crm.records.stages.forms import ChangeStage, NewStage, StageFilter, Status
from crm.records.stages.models import CLOSED, ENTRY, LOST, WON, Pipeline, Stage
from crm.records.stages.queries import ORDER, TABLE, list_all

__all__ = [
    "CLOSED",
    "ENTRY",
    "LOST",
    "ORDER",
    "TABLE",
    "WON",
    "ChangeStage",
    "NewStage",
    "Pipeline",
    "Stage",
    "StageFilter",
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
    "refresh",
    "restore",
]
