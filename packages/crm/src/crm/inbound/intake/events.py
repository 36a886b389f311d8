"""The events of intake. A submission that becomes a lead publishes `lead.created` instead."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.event_names import EventName
from crm.inbound.intake.models import State, Submission
from crm.kernel.actor import Actor
from crm.kernel.events import Event


class SubmissionRecord(msgspec.Struct, frozen=True):
    """A submission as event payload."""

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
    """A submission was held as possible spam."""

    kind = EventName.SUBMISSION_QUARANTINED

    submission: SubmissionRecord
    by: Actor


class SubmissionFailed(Event, frozen=True):
    """A submission could not become a lead and waits for a replay."""

    kind = EventName.SUBMISSION_FAILED

    submission: SubmissionRecord
    by: Actor
