"""The text of a reminder and of the daily digest."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crm.outbound.notifications import to_plain_text
from crm.workspace.reminders.queries import Reminder

MAX_LISTED = 10


class Message(msgspec.Struct, frozen=True):
    subject: str
    body: str


class DigestSection(msgspec.Struct, frozen=True):
    """What waits of one kind: the number in words, the first lines, and the page with all of them."""

    title: str
    lines: Sequence[str]
    path: str


def build_reminder(reminder: Reminder, base_url: str) -> Message:
    """The mail about one task at its time."""
    title, place = to_plain_text(reminder.title, 200), to_plain_text(reminder.place, 200)
    lines = [f"{reminder.due:%H:%M}: {title}"]
    if place:
        lines.append(f"For: {place}")
    if reminder.note:
        lines += ["", reminder.note]
    lines += ["", f"{base_url}{reminder.path}"]
    return Message(f"{reminder.due:%H:%M} {title}", "\n".join(lines))


def build_digest(sections: Sequence[DigestSection], base_url: str) -> Message:
    """The mail of a morning. It also comes when nothing waits, so that people notice when it stays away."""
    subject = "Today: " + (", ".join(section.title for section in sections) or "nothing is waiting")
    parts = []
    for section in sections:
        lines = [f"- {line}" for line in section.lines[:MAX_LISTED]]
        if len(section.lines) > MAX_LISTED:
            lines.append("- …")
        parts.append("\n".join([f"{section.title[0].upper()}{section.title[1:]}", *lines, f"{base_url}{section.path}"]))
    opening = "Good morning. This is your day." if parts else "Good morning. Nothing is waiting for you today."
    footer = f"You get this mail on your working days. Change that at {base_url}/reminders"
    return Message(subject, "\n\n".join([opening, *parts, footer]))
