"""What can be done with a stored submission: make a lead of it, hold it, put it aside, forget it."""

from __future__ import annotations

from datetime import timedelta

from crm import activities, leads, settings
from crm.intake import forms, lessons, queries, spam
from crm.intake.events import SubmissionFailed, SubmissionQuarantined, SubmissionRecord
from crm.intake.forms import Enquiry
from crm.intake.models import Standing, State, Submission
from crm.kernel import clock, events
from crm.kernel.actor import SYSTEM, VISITOR, Actor
from crm.kernel.db import Connection
from crm.kernel.errors import Conflict, NotFound

CROWD_WINDOW = timedelta(days=1)
CROWD_MESSAGE = 40
"""Two people may well write the same few words; nobody else writes the same long message."""
PATIENCE = timedelta(seconds=30)
"""A submission that was stored this long ago and then left alone has lost its process."""


async def make_lead(conn: Connection, submission: Submission, *, by: Actor, decided: bool) -> Submission:
    """Make a lead of a claimed submission, or hold it as spam unless a person has `decided` that it is none."""
    enquiry = forms.enquiry_of(submission.body)
    verdict = await _judge(conn, enquiry, submission)
    if verdict.held and not decided and not submission.synthetic:
        return await _hold(conn, submission, verdict)
    lead = await leads.capture(
        conn,
        leads.NewLead(
            name=enquiry.name,
            email=enquiry.email,
            phone=enquiry.phone,
            company=enquiry.company,
            budget=enquiry.budget,
            project_type=enquiry.project_type,
            message=enquiry.message,
            source=enquiry.source,
            first_touch=enquiry.first_touch,
            last_touch=enquiry.last_touch,
        ),
        by=VISITOR,
        channel="site",
        received_at=submission.sent_at,
        reference=submission.reference,
        synthetic=submission.synthetic,
    )
    held = submission.state == "quarantined"
    if held:
        await activities.record(conn, kind="system", body="Let the enquiry out of quarantine.", by=by, lead_id=lead.id)
    return await queries.settle(
        conn,
        submission.id,
        state="accepted",
        at=clock.now(),
        attempts=submission.attempts + 1,
        # What it was held for stays with it: that a person let it through is what the next of its sender is judged by.
        spam_score=submission.spam_score if held else verdict.score,
        spam_reasons=submission.spam_reasons if held else verdict.reasons,
        lead_id=lead.id,
    )


async def fail(conn: Connection, submission: Submission, error: str, *, final: bool) -> Submission:
    """Note that no lead could be made. Unless `final`, the clock tries again by itself."""
    state: State = "failed" if final else submission.state
    failed = await queries.settle(
        conn,
        submission.id,
        state=state,
        at=clock.now() if final else submission.settled_at,
        attempts=submission.attempts + 1,
        spam_score=submission.spam_score,
        spam_reasons=submission.spam_reasons,
        error=error,
    )
    if final:
        await events.publish(conn, SubmissionFailed(submission=SubmissionRecord.of(failed), by=SYSTEM))
    return failed


async def counts(conn: Connection) -> Standing:
    """How many submissions wait for a person."""
    return await queries.standing(conn, clock.now() - PATIENCE)


async def get(conn: Connection, number: int) -> Submission:
    """The submission with this number. Raises `NotFound`."""
    return _found(await queries.find(conn, number))


async def with_reference(conn: Connection, words: str) -> Submission:
    """The submission with this reference. Raises `NotFound`."""
    return _found(await queries.find_by_reference(conn, words.replace("\x00", "")))


async def dismiss(conn: Connection, submission: Submission) -> Submission:
    """Put a held or failed submission aside; it is deleted later and can be restored until then.

    Raises `Conflict` for one that is not held or failed.
    """
    claimed = await queries.claim(conn, submission.id, ["quarantined", "failed"], wait=True)
    if claimed is None:
        raise Conflict("Only an enquiry in quarantine, or one that failed, can be dismissed. Reload the page.")
    return await queries.move(conn, claimed.id, "dismissed", clock.now())


async def restore(conn: Connection, submission: Submission) -> Submission:
    """Bring a dismissed submission back to where it was. Raises `Conflict` for one that is not dismissed."""
    claimed = await queries.claim(conn, submission.id, ["dismissed"], wait=True)
    if claimed is None:
        raise Conflict("This enquiry is not dismissed. Reload the page.")
    return await queries.move(conn, claimed.id, "failed" if claimed.error else "quarantined", clock.now())


async def purge(conn: Connection) -> int:
    """Forget what has been in quarantine or dismissed for longer than the settings say. Says how many."""
    days = (await settings.read(conn)).quarantine_days
    return await queries.purge(conn, clock.now() - timedelta(days=days))


def _found(submission: Submission | None) -> Submission:
    if submission is None:
        raise NotFound("There is no such enquiry. It may have been deleted after its time in quarantine.")
    return submission


async def _judge(conn: Connection, enquiry: Enquiry, submission: Submission) -> spam.Verdict:
    others = 0
    if len(enquiry.message) >= CROWD_MESSAGE:
        since = clock.now() - CROWD_WINDOW
        others = await queries.others_with(conn, enquiry.message, submission.address_hash, since)
    lesson = await lessons.of(conn, enquiry.email)
    return spam.judge(enquiry, origin=submission.origin, others=others, lesson=lesson)


async def _hold(conn: Connection, submission: Submission, verdict: spam.Verdict) -> Submission:
    held = await queries.settle(
        conn,
        submission.id,
        state="quarantined",
        at=clock.now(),
        attempts=submission.attempts + 1,
        spam_score=verdict.score,
        spam_reasons=verdict.reasons,
    )
    await events.publish(conn, SubmissionQuarantined(submission=SubmissionRecord.of(held), by=SYSTEM))
    return held
