"""What can be done with stored submissions: make leads of them, hold them, put them aside, forget them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from crm import activities, leads, settings
from crm.intake import forms, queries, sender_history, spam
from crm.intake.events import SubmissionFailed, SubmissionQuarantined, SubmissionRecord
from crm.intake.forms import Enquiry
from crm.intake.models import Settled, Submission, SubmissionCounts
from crm.kernel import clock, events
from crm.kernel.actor import SYSTEM, VISITOR, Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, NotFoundError

CROWD_WINDOW = timedelta(days=1)
CROWD_MESSAGE = 40
"""Two people may well write the same few words; nobody else writes the same long message."""
PATIENCE = timedelta(seconds=30)
"""A submission that was stored this long ago and then left alone has lost its process."""


async def process(
    conn: Connection, submissions: Sequence[Submission], *, by: Actor = VISITOR, decided: bool = False
) -> None:
    """Make a lead of each claimed submission, or hold it as spam unless a person has `decided` that it is none."""
    enquiries = [forms.enquiry_of(submission.body) for submission in submissions]
    verdicts = await _judge(conn, enquiries, submissions)
    held, arrivals = [], []
    for submission, enquiry, verdict in zip(submissions, enquiries, verdicts, strict=True):
        if verdict.held and not decided and not submission.synthetic:
            held.append(Settled(submission.id, "quarantined", verdict.score, verdict.reasons))
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
            # What it was held for stays with it: that a person let it through is what the next of its sender is
            # judged by.
            score, reasons = submission.spam_score, submission.spam_reasons
            body = "Let the enquiry out of quarantine."
            await activities.record(conn, kind="system", body=body, by=by, lead_id=lead.id)
        accepted.append(Settled(submission.id, "accepted", score, reasons, lead.id))
    await queries.finish(conn, [*accepted, *held], clock.now())
    await _publish_held(conn, submissions, held)


async def fail(conn: Connection, submission: Submission, error: str, *, final: bool) -> None:
    """Note that no lead could be made. Unless `final`, the clock tries again by itself."""
    failed = await queries.fail(
        conn,
        submission.id,
        state="failed" if final else submission.state,
        settled_at=clock.now() if final else submission.settled_at,
        error=error,
    )
    if final:
        await events.publish(conn, SubmissionFailed(submission=SubmissionRecord.of(failed), by=SYSTEM))


async def counts(conn: Connection) -> SubmissionCounts:
    """How many submissions wait for a person."""
    return await queries.standing(conn, clock.now() - PATIENCE)


async def get(conn: Connection, number: int) -> Submission:
    """The submission with this number. Raises `NotFoundError`."""
    return _require(await queries.find(conn, number))


async def with_reference(conn: Connection, words: str) -> Submission:
    """The submission with this reference. Raises `NotFoundError`."""
    return _require(await queries.find_by_reference(conn, words.replace("\x00", "")))


async def dismiss(conn: Connection, submission: Submission) -> Submission:
    """Put a held or failed submission aside; it is deleted later and can be restored until then.

    Raises `ConflictError` for one that is not held or failed.
    """
    claimed = await queries.claim(conn, submission.id, ["quarantined", "failed"], wait=True)
    if claimed is None:
        raise ConflictError("Only an enquiry in quarantine, or one that failed, can be dismissed. Reload the page.")
    return await queries.move(conn, claimed.id, "dismissed", clock.now())


async def restore(conn: Connection, submission: Submission) -> Submission:
    """Bring a dismissed submission back to where it was. Raises `ConflictError` for one that is not dismissed."""
    claimed = await queries.claim(conn, submission.id, ["dismissed"], wait=True)
    if claimed is None:
        raise ConflictError("This enquiry is not dismissed. Reload the page.")
    return await queries.move(conn, claimed.id, "failed" if claimed.error else "quarantined", clock.now())


async def purge(conn: Connection) -> int:
    """Forget what has been in quarantine or dismissed for longer than the settings say. Says how many."""
    days = (await settings.read(conn)).quarantine_days
    return await queries.purge(conn, clock.now() - timedelta(days=days))


def _require(submission: Submission | None) -> Submission:
    if submission is None:
        raise NotFoundError("There is no such enquiry. It may have been deleted after its time in quarantine.")
    return submission


async def _judge(
    conn: Connection, enquiries: Sequence[Enquiry], submissions: Sequence[Submission]
) -> list[spam.Verdict]:
    # A short message is compared with none.
    asked = [
        (enquiry.message if len(enquiry.message) >= CROWD_MESSAGE else "", submission.address_hash)
        for enquiry, submission in zip(enquiries, submissions, strict=True)
    ]
    others = await queries.count_repeats(conn, asked, clock.now() - CROWD_WINDOW)
    lessons = await sender_history.read(conn, [enquiry.email for enquiry in enquiries])
    return [
        spam.judge(enquiry, origin=submission.origin, others=count, lesson=lesson)
        for enquiry, submission, count, lesson in zip(enquiries, submissions, others, lessons, strict=True)
    ]


async def _publish_held(conn: Connection, submissions: Sequence[Submission], held: Sequence[Settled]) -> None:
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
