"""The registry of events: each name, and its label for people. No other file of the CRM types an event name.

Names are stored and sent to webhooks, so they never change. `reactions.py` says which modules react to an event.
"""

from __future__ import annotations

from collections.abc import Iterable

from crm.values import LabeledName


class EventName(LabeledName):
    """A `noun.verb` in the past tense."""

    LEAD_CREATED = "lead.created", "A lead came in"
    LEAD_CHANGED = "lead.changed", "A lead was edited"
    LEAD_STATUS_CHANGED = "lead.status_changed", "A lead moved on the pipeline"
    LEAD_ASSIGNED = "lead.assigned", "A lead got an owner"
    LEAD_DELETED = "lead.deleted", "A lead was deleted"
    LEAD_RESTORED = "lead.restored", "A deleted lead was restored"
    LEAD_SYNTHETIC = "lead.synthetic", "A test enquiry went through the system"
    CONTACT_CREATED = "contact.created", "A contact was added"
    CONTACT_CHANGED = "contact.changed", "A contact was edited"
    CONTACT_DELETED = "contact.deleted", "A contact was deleted"
    CONTACT_RESTORED = "contact.restored", "A deleted contact was restored"
    COMPANY_CREATED = "company.created", "A company was added"
    COMPANY_CHANGED = "company.changed", "A company was edited"
    COMPANY_DELETED = "company.deleted", "A company was deleted"
    COMPANY_RESTORED = "company.restored", "A deleted company was restored"
    TASK_CREATED = "task.created", "A task was added"
    TASK_CHANGED = "task.changed", "A task was edited, done or reopened"
    TASK_DELETED = "task.deleted", "A task was deleted"
    TASK_RESTORED = "task.restored", "A deleted task was restored"
    EMAIL_RECEIVED = "email.received", "An e-mail came in"
    SUBMISSION_QUARANTINED = "submission.quarantined", "An enquiry was held as possible spam"
    SUBMISSION_FAILED = "submission.failed", "An enquiry could not be processed"
    WEBHOOK_PAUSED = "webhook.paused", "A webhook was paused"


_RECORDS = {
    "lead": "Leads", "contact": "Contacts", "company": "Companies", "task": "Tasks", "submission": "Enquiries",
    "email": "E-mail",
    "webhook": "Webhooks",
}  # fmt: skip


def group_by_record(events: Iterable[EventName]) -> dict[str, list[EventName]]:
    """The events by the record they are about, as forms show them."""
    groups: dict[str, list[EventName]] = {}
    for event in events:
        groups.setdefault(_RECORDS[event.partition(".")[0]], []).append(event)
    return groups
