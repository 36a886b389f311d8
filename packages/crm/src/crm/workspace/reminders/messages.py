"""The text of a reminder and of the daily digest."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crm.outbound.notifications import Clean, Message, to_plain_text
from crm.workspace.reminders.queries import Reminder

MAX_LISTED = 10
MAX_LINE = 2000
"""The characters of a line of a note that a reminder quotes."""


class DigestSection(msgspec.Struct, frozen=True):
    """What waits of one kind: the number in words, the first records with their pages, and the page with all of them.

    The pages also say which mails are erased with a record.
    """

    title: str
    records: Sequence[tuple[str, str]]
    path: str


def build_reminder(reminder: Reminder, clean: Clean) -> Message:
    """The message about one task at its time, for a channel that needs `clean` texts."""
    title, place = clean(reminder.title, 200), clean(reminder.place, 200)
    lines = [f"{reminder.due:%H:%M}: {title}"]
    if place:
        lines.append(f"For: {place}")
    if reminder.note:
        lines += ["", *(clean(line, MAX_LINE) for line in reminder.note.splitlines())]
    return Message(f"{reminder.due:%H:%M} {title}", "\n".join(lines), reminder.path)


def build_digest(sections: Sequence[DigestSection], base_url: str) -> Message:
    """The mail of a morning. It also comes when nothing waits, so that people notice when it stays away."""
    subject = "Today: " + (", ".join(section.title for section in sections) or "nothing is waiting")
    parts = []
    for section in sections:
        lines = [f"- {to_plain_text(text, 200)}\n  {base_url}{path}" for text, path in section.records[:MAX_LISTED]]
        heading = f"{section.title[0].upper()}{section.title[1:]}: {base_url}{section.path}"
        parts.append("\n".join([heading, *lines]))
    opening = "Good morning. This is your day." if parts else "Good morning. Nothing is waiting for you today."
    footer = (
        f"You get this mail on your working days. Change that at {base_url}/reminders\n"
        f"If it stays away, no worker runs, and no reminder comes either. Owners see why at {base_url}/operations"
    )
    return Message(subject, "\n\n".join([opening, *parts, footer]), "/")
