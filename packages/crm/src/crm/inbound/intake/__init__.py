"""Intake of enquiries. Each is stored before the visitor is thanked, and becomes exactly one lead."""

from crm.inbound.intake.actions import delete_synthetic
from crm.inbound.intake.process import process_waiting
from crm.inbound.intake.store import STORED

__all__ = [
    "STORED",
    "delete_synthetic",
    "process_waiting",
]
