"""Enquiries as they come in: stored before anybody is thanked, made into exactly one lead, and never lost."""

from crm.intake.actions import counts
from crm.intake.events import SubmissionFailed, SubmissionQuarantined, SubmissionRecord
from crm.intake.forms import Enquiry, check
from crm.intake.models import Receipt, Standing, Submission
from crm.intake.receiving import Post, Sender, take_in
from crm.intake.settling import settle

__all__ = [
    "Enquiry",
    "Post",
    "Receipt",
    "Sender",
    "Standing",
    "Submission",
    "SubmissionFailed",
    "SubmissionQuarantined",
    "SubmissionRecord",
    "check",
    "counts",
    "settle",
    "take_in",
]
