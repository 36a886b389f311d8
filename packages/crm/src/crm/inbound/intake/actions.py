"""What can be done with stored submissions: make them leads, hold, dismiss, restore or delete them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from crm.accounts import settings
from crm.inbound.intake import forms, queries, sender_history, spam
from crm.inbound.intake.events import SubmissionFailed, SubmissionQuarantined, SubmissionRecord
from crm.inbound.intake.forms import Enquiry
from crm.inbound.intake.models import ProcessResult, Submission, SubmissionCounts
from crm.kernel import clock, events
from crm.kernel.actor import SYSTEM, VISITOR, Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, NotFoundError
from crm.records import activities, leads

REPEAT_WINDOW = timedelta(days=1)
REPEAT_MIN_LENGTH = 40
"""Only messages of this length are compared. Different people may write the same short one."""
STUCK_AFTER = timedelta(seconds=30)
"""A submission that is still not processed after this time is stuck."""


async def process(
    conn: Connection, submissions: Sequence[Submission], *, by: Actor = VISITOR, decided: bool = False
) -> None:
    """Make each claimed submission a lead, or hold it as possible spam. `decided` means a user said it is not spam."""
    enquiries = [forms.read_stored(submission.body) for submission in submissions]
    verdicts = await _judge(conn, enquiries, submissions)
    held, arrivals = [], []
    for submission, enquiry, verdict in zip(submissions, enquiries, verdicts, strict=True):
        if verdict.is_held and not decided and not submission.synthetic:
            held.append(ProcessResult(submission.id, "quarantined", verdict.score, verdict.reasons))
        else:
            arrivals.append((submission, enquiry, verdict))
    captured = await leads.create_from_enquiries(
        conn,
        [
            leads.Arrival(enquiry, submission.reference, submission.sent_at, submission.synthetic)
            for submission, enquiry, _ in arrivals
        ],
        by=VISITOR,
    )
    accepted = []
    for (submission, _, verdict), lead in zip(arrivals, captured, strict=True):
        score, reasons = verdict.score, verdict.reasons
        if submission.state == "quarantined":
            # The reasons stay with the submission. The sender's history reads them.
            score, reasons = submission.spam_score, submission.spam_reasons
            body = "Marked the enquiry as not spam."
            await activities.record(conn, kind="system", body=body, by=by, lead_id=lead.id)
        accepted.append(ProcessResult(submission.id, "accepted", score, reasons, lead.id))
    await queries.finish(conn, [*accepted, *held], clock.now())
    await _publish_held(conn, submissions, held)


async def fail(conn: Connection, submission: Submission, error: str, *, final: bool) -> None:
    """Record that no lead could be created. Unless `final`, a scheduled job retries."""
    failed = await queries.fail(
        conn,
        submission.id,
        state="failed" if final else submission.state,
        settled_at=clock.now() if final else submission.settled_at,
        error=error,
    )
    if final:
        await events.publish(conn, SubmissionFailed(submission=SubmissionRecord.of(failed), by=SYSTEM))


async def count_submissions(conn: Connection) -> SubmissionCounts:
    """Count the submissions that wait for a user."""
    return await queries.count_waiting(conn, clock.now() - STUCK_AFTER)


async def get(conn: Connection, submission_id: int) -> Submission:
    """Return the submission with this id. Raises `NotFoundError`."""
    return _require(await queries.find(conn, submission_id))


async def get_by_reference(conn: Connection, reference: str) -> Submission:
    """Return the submission with this reference. Raises `NotFoundError`."""
    return _require(await queries.find_by_reference(conn, reference.replace("\x00", "")))


async def dismiss(conn: Connection, submission: Submission) -> Submission:
    """Dismiss a held or failed submission. It can be restored until it is deleted.

    Raises `ConflictError` if it is neither held nor failed.
    """
    claimed = await queries.claim(conn, submission.id, ["quarantined", "failed"], wait=True)
    if claimed is None:
        raise ConflictError("Only possible spam and failed enquiries can be dismissed. Reload the page.")
    return await queries.move(conn, claimed.id, "dismissed", clock.now())


async def restore(conn: Connection, submission: Submission) -> Submission:
    """Restore a dismissed submission to its earlier state. Raises `ConflictError` if it is not dismissed."""
    claimed = await queries.claim(conn, submission.id, ["dismissed"], wait=True)
    if claimed is None:
        raise ConflictError("This enquiry is not dismissed. Reload the page.")
    return await queries.move(conn, claimed.id, "failed" if claimed.error else "quarantined", clock.now())


async def delete_synthetic(conn: Connection, reference: str) -> bool:
    """Delete a test enquiry that is no lead yet; says whether there was one."""
    return await queries.delete_synthetic(conn, reference)


async def purge(conn: Connection) -> int:
    """Delete possible spam and dismissed submissions older than the settings say, and return how many."""
    days = (await settings.read(conn)).quarantine_days
    return await queries.purge(conn, clock.now() - timedelta(days=days))


def _require(submission: Submission | None) -> Submission:
    if submission is None:
        raise NotFoundError("There is no such enquiry. Old spam is deleted after a while.")
    return submission


async def _judge(
    conn: Connection, enquiries: Sequence[Enquiry], submissions: Sequence[Submission]
) -> list[spam.Verdict]:
    # An empty text matches no message.
    messages = [
        (enquiry.message if len(enquiry.message) >= REPEAT_MIN_LENGTH else "", submission.address_hash)
        for enquiry, submission in zip(enquiries, submissions, strict=True)
    ]
    repeats = await queries.count_repeats(conn, messages, clock.now() - REPEAT_WINDOW)
    histories = await sender_history.read(conn, [enquiry.email for enquiry in enquiries])
    return [
        spam.judge(enquiry, origin=submission.origin, repeats=count, history=history)
        for enquiry, submission, count, history in zip(enquiries, submissions, repeats, histories, strict=True)
    ]


async def _publish_held(conn: Connection, submissions: Sequence[Submission], held: Sequence[ProcessResult]) -> None:
    by_id = {submission.id: submission for submission in submissions}
    changed = [
        msgspec.structs.replace(
            by_id[each.id], state=each.state, spam_score=each.spam_score, spam_reasons=each.spam_reasons
        )
        for each in held
    ]
    await events.publish(
        conn, *(SubmissionQuarantined(submission=SubmissionRecord.of(each), by=SYSTEM) for each in changed)
    )
