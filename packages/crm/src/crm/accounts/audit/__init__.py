"""The audit log: who did what, when, from where. Entries are only added."""

from crm.accounts.audit.actions import record_audit, record_refusal
from crm.accounts.audit.http import handle_refused_origin, record_refused_origin
from crm.accounts.audit.jobs import delete_old
from crm.accounts.audit.models import AuditAction, Target

__all__ = [
    "AuditAction",
    "Target",
    "delete_old",
    "handle_refused_origin",
    "record_audit",
    "record_refusal",
    "record_refused_origin",
]
