"""Enquiries as they come in: stored before anybody is thanked, made into exactly one lead, and never lost."""

from crm.intake.actions import counts, delete_synthetic
from crm.intake.events import SubmissionFailed, SubmissionQuarantined, SubmissionRecord
from crm.intake.forms import Enquiry, check
from crm.intake.models import Receipt, Submission, SubmissionCounts
from crm.intake.process import process_batch, process_submission, process_waiting
from crm.intake.store import STORED, Post, Sender, store_submission

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
    "counts",
    "delete_synthetic",
    "process_batch",
    "process_submission",
    "process_waiting",
    "store_submission",
]
