"""Intake of enquiries. Each is stored before the visitor is thanked, and becomes exactly one lead."""

from crm.inbound.intake.actions import count_submissions, delete_synthetic
from crm.inbound.intake.models import SubmissionCounts
from crm.inbound.intake.process import process_waiting
from crm.inbound.intake.store import STORED

__all__ = [
    "STORED",
    "SubmissionCounts",
    "count_submissions",
    "delete_synthetic",
    "process_waiting",
]
