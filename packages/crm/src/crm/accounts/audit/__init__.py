"""The audit log: who did what, when, from where. Entries are only added."""

from crm.accounts.audit.actions import erase_names, record_audit, record_refusal
from crm.accounts.audit.http import handle_refused_origin, record_refused_origin
from crm.accounts.audit.jobs import delete_old
from crm.accounts.audit.models import AuditAction, AuditEntry, Target

__all__ = [
    "AuditAction",
    "AuditEntry",
    "Target",
    "delete_old",
    "erase_names",
    "handle_refused_origin",
    "record_audit",
    "record_refusal",
    "record_refused_origin",
]
