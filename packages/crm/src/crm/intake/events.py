"""What the intake tells the rest of the system. A submission that becomes a lead is told by `lead.created`."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.event_names import EventName
from crm.intake.models import State, Submission
from crm.kernel.actor import Actor
from crm.kernel.events import Event


class SubmissionRecord(msgspec.Struct, frozen=True):
    """A submission as receivers of events see it."""

    id: int
    reference: str
    state: State
    name: str
    email: str
    company: str
    message: str
    spam_score: int
    spam_reasons: list[str]
    error: str
    sent_at: datetime
    received_at: datetime

    @classmethod
    def of(cls, submission: Submission) -> SubmissionRecord:
        return cls(
            id=submission.id,
            reference=submission.reference,
            state=submission.state,
            name=submission.text("name"),
            email=submission.text("email"),
            company=submission.text("company"),
            message=submission.text("message"),
            spam_score=submission.spam_score,
            spam_reasons=submission.spam_reasons,
            error=submission.error,
            sent_at=submission.sent_at,
            received_at=submission.received_at,
        )


class SubmissionQuarantined(Event, frozen=True):
    """It looks like spam and waits for a person."""

    kind = EventName.SUBMISSION_QUARANTINED

    submission: SubmissionRecord
    by: Actor


class SubmissionFailed(Event, frozen=True):
    """It could not be made into a lead and waits to be replayed."""

    kind = EventName.SUBMISSION_FAILED

    submission: SubmissionRecord
    by: Actor
