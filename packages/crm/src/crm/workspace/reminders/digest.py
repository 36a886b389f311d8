"""What a digest says: the same as Today, for one user."""

from __future__ import annotations

from crm.accounts import settings
from crm.inbound import intake
from crm.kernel import clock
from crm.kernel.db import Connection
from crm.records import emails, leads
from crm.values.formats import plural
from crm.workspace import today
from crm.workspace.reminders.messages import MAX_LISTED, DigestSection


async def list_sections(connection: Connection, user_id: int, *, is_owner: bool) -> list[DigestSection]:
    """What waits for this user, the most urgent first. New enquiries are everybody's.

    Only owners can open the failed notifications.
    """
    config = await settings.read(connection)
    zone, day = config.time_zone, clock.today(config.time_zone)
    waiting = await today.list_waiting(connection, zone, MAX_LISTED)
    due = await today.list_due(connection, zone, MAX_LISTED, user_id)
    others = await today.list_due_tasks(connection, day, MAX_LISTED, user_id)
    quiet = await today.list_quiet(connection, zone, config.currency, MAX_LISTED, user_id)
    submissions = await intake.count_submissions(connection)
    mails = await emails.count_in_inbox(connection)
    failed = await today.count_failed_notifications(connection) if is_owner else 0
    held, broken = submissions.quarantined, submissions.failed
    sections: tuple[tuple[int, str, list[tuple[str, str]], str], ...] = (
        (waiting.total, plural(waiting.total, "enquiry to answer", "enquiries to answer"),
         [(f"{card.name}: {card.title}", f"/leads/{card.id}") for card in waiting.cards], leads.segment_url("waiting")),
        (due.total, plural(due.total, "next step due", "next steps due"),
         [(f"{card.next_action} ({card.title})", f"/leads/{card.id}") for card in due.cards],
         f"{leads.segment_url('due')}&owner_id={user_id}"),
        (others.total if others.tasks else 0,
         f"{plural(others.total, 'task')} for today" + ", next steps included" * bool(due.total),
         [(f"{task.due_time} {task.title}".strip(), task.place_url or f"/tasks/{task.id}") for task in others.tasks],
         others.url),
        (quiet.total, plural(quiet.total, "lead gone quiet", "leads gone quiet"),
         [(card.title, f"/leads/{card.id}") for card in quiet.cards],
         f"{leads.segment_url('quiet')}&owner_id={user_id}"),
        (held, f"{held:,} held as possible spam", [], "/inbox?tab=quarantine"),
        (broken, f"{plural(broken, 'enquiry', 'enquiries')} not processed", [], "/inbox?tab=failed"),
        (mails, f"{plural(mails, 'e-mail')} in the inbox", [], "/inbox?tab=mail"),
        (failed, f"{plural(failed, 'notification')} failed", [], "/settings/notifications/failed"),
    )  # fmt: skip
    return [DigestSection(title, records, path) for number, title, records, path in sections if number]
