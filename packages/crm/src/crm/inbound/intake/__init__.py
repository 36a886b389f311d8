"""Intake of enquiries. Each is stored before the visitor is thanked, and becomes exactly one lead."""

from crm.inbound.intake.actions import count_submissions, delete_synthetic
from crm.inbound.intake.events import SubmissionFailed, SubmissionQuarantined, SubmissionRecord
from crm.inbound.intake.forms import Enquiry, check
from crm.inbound.intake.models import Receipt, Submission, SubmissionCounts
from crm.inbound.intake.process import process_batch, process_submission, process_waiting
from crm.inbound.intake.store import STORED, Post, Sender, store_submission

__all__ = [
    "STORED",
    "Enquiry",
    "Post",
    "Receipt",
    "Sender",
    "Submission",
    "SubmissionCounts",
    "SubmissionFailed",
    "SubmissionQuarantined",
    "SubmissionRecord",
    "check",
    "count_submissions",
    "delete_synthetic",
    "process_batch",
    "process_submission",
    "process_waiting",
    "store_submission",
]
