"""Received messages of the sample data: answers of people with leads, an automatic reply, and some of strangers."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import msgspec

from crm.inbound import mailbox
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.records import emails
from crm.records.leads import Lead
from crm.workspace.demo import working_hours


class SampleEmail(msgspec.Struct, frozen=True):
    """`sender` is a name and an address; without one, it is that of a lead."""

    subject: str
    text: str
    sender: tuple[str, str] | None = None
    headers: tuple[tuple[str, str], ...] = ()
    forged: bool = False


SERVER = "mx.sample.example"
EMAILS = (
    SampleEmail(
        "Re: Our call on Thursday",
        "Thursday at ten works. Could you send the two references beforehand?\n\nThanks\n\n"
        "On Tue, 24 Nov 2026 at 09:30, Octatech <hello@octatech.example> wrote:\n"
        "> Could we talk for half an hour this week?\n> Thursday or Friday morning would suit us.",
    ),
    SampleEmail("Access for the review", "I have created read-only accounts for you. The passwords come by phone."),
    SampleEmail(
        "Automatic reply: Our call on Thursday",
        "I am out of the office until Monday. In urgent cases, call the front desk.",
        headers=(("Auto-Submitted", "auto-replied"),),
    ),
    SampleEmail("Two more questions", "Do you also look after the system later on?\nAnd would you sign our NDA first?"),
    SampleEmail(
        "A talk for our meetup?",
        "We meet on the second Tuesday of each month. Would one of you talk about moving off an old framework?",
        sender=("Noor Jansen", "noor@meetup.example"),
    ),
    SampleEmail(
        "Invoice 2026-1187",
        "Please find the invoice for November in your account.",
        sender=("Cloudmoor Billing", "billing@cloudmoor.example"),
        forged=True,
    ),
)


async def create_emails(connection: Connection, context: AppContext, zone: ZoneInfo, leads: list[Lead]) -> list[int]:
    """Store the messages as if they had arrived lately. Returns their ids. Nobody is notified."""
    now, ids = clock.now(), []
    people = [(lead.name, lead.email) for lead in leads if lead.email and not lead.closed]
    for number, sample in enumerate(EMAILS):
        sender = sample.sender or (people[number % len(people)] if people else ("Marta Lindqvist", "marta@example.org"))
        at = working_hours.latest(now - timedelta(hours=2 + 7 * number), zone)
        raw = _build(sample, sender, number, at)
        email_id = await emails.insert_received(connection, mailbox.read_message_id(raw), raw, at)
        if email_id is not None:
            await mailbox.file_message(connection, context, email_id, mailbox.parse(raw, SERVER), announce=False)
            ids.append(email_id)
    return ids


def _build(sample: SampleEmail, sender: tuple[str, str], number: int, at: datetime) -> bytes:
    message = EmailMessage()
    message["Authentication-Results"] = f"{SERVER}; dmarc={'fail' if sample.forged else 'pass'}"
    message["From"] = f"{sender[0]} <{sender[1]}>"
    message["To"] = "hello@octatech.example"
    message["Subject"] = sample.subject
    message["Message-ID"] = f"<sample-{number}@octatech.example>"
    message["Date"] = at
    for name, value in sample.headers:
        message[name] = value
    message.set_content(sample.text)
    return message.as_bytes()
