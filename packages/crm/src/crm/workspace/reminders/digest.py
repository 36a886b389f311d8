"""What a digest says: the same as Today, for one user."""

from __future__ import annotations

from crm.accounts import settings
from crm.inbound import intake
from crm.kernel import clock
from crm.kernel.db import Connection
from crm.outbound.notifications import to_plain_text
from crm.records import leads
from crm.values.formats import plural
from crm.workspace import today
from crm.workspace.reminders.messages import MAX_LISTED, DigestSection

_SHOWN = MAX_LISTED + 1


async def list_sections(connection: Connection, user_id: int) -> list[DigestSection]:
    """What waits for this user, the most urgent first. New enquiries are everybody's."""
    config = await settings.read(connection)
    zone, day = config.time_zone, clock.today(config.time_zone)
    waiting = await today.list_waiting(connection, zone, _SHOWN)
    due = await today.list_due(connection, zone, _SHOWN, user_id)
    others = await today.list_due_tasks(connection, day, _SHOWN, user_id)
    quiet = await today.list_quiet(connection, zone, config.currency, _SHOWN, user_id)
    submissions = await intake.count_submissions(connection)
    failed = await today.count_failed_notifications(connection)
    held, broken = submissions.quarantined, submissions.failed
    sections: tuple[tuple[int, str, list[str], str], ...] = (
        (waiting.total, plural(waiting.total, "enquiry to answer", "enquiries to answer"),
         [f"{card.name}: {card.title}" for card in waiting.cards], leads.segment_url("waiting")),
        (due.total, plural(due.total, "next step due", "next steps due"),
         [f"{card.next_action} ({card.title})" for card in due.cards],
         f"{leads.segment_url('due')}&owner_id={user_id}"),
        (len(others.tasks), plural(len(others.tasks), "other task for today", "other tasks for today"),
         [f"{task.due_time} {task.title}".strip() for task in others.tasks], others.url),
        (quiet.total, plural(quiet.total, "lead gone quiet", "leads gone quiet"),
         [card.title for card in quiet.cards], f"{leads.segment_url('quiet')}&owner_id={user_id}"),
        (held, f"{held:,} held as possible spam", [], "/inbox?tab=quarantine"),
        (broken, f"{plural(broken, 'enquiry', 'enquiries')} not processed", [], "/inbox?tab=failed"),
        (failed, f"{plural(failed, 'notification')} failed", [], "/settings/notifications/failed"),
    )  # fmt: skip
    return [
        DigestSection(title, [to_plain_text(line, 200) for line in lines], path)
        for number, title, lines, path in sections
        if number
    ]
