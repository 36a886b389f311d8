"""The board of open leads, and its stages in the settings."""

from crm.workspace.pipeline.api import RECORD as STAGE_RECORD

__all__ = ["STAGE_RECORD"]
