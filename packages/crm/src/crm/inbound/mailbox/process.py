"""Makes an e-mail of a stored message: read, matched, and put on a timeline or into the inbox. Exactly once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from crm.inbound.mailbox.bounces import Bounce
from crm.inbound.mailbox.headers import format_address
from crm.inbound.mailbox.match import Match, match_email
from crm.inbound.mailbox.parse import ParsedEmail, parse
from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.records import contacts, emails
from crm.records.emails import Content

PROCESS_JOB = "process_email"
LOOP_WINDOW = timedelta(hours=1)
LOOP_MAX = 20
LOOP = f"This address has sent more than {LOOP_MAX} e-mails in an hour. That may be a loop between two programs."
_parsing = asyncio.Lock()
"""A large message takes several times its size in memory, so one is read at a time."""


async def process(context: AppContext, payload: dict[str, Any]) -> None:
    """The job that processes one message."""
    email_id: int = payload["email_id"]
    async with _parsing:
        async with context.db.connection() as conn:
            source = await emails.read_source(conn, email_id)
        if source is None or source[0] is None:
            return
        parsed = await asyncio.to_thread(parse, source[0], context.config.mail_auth_server)
    async with context.db.transaction() as conn:
        if await emails.lock_received(conn, email_id):
            await file_message(conn, context, email_id, parsed)


async def file_message(
    conn: Connection, context: AppContext, email_id: int, parsed: ParsedEmail, *, announce: bool = True
) -> None:
    """Store what the message says, and where it belongs. `announce` publishes that somebody wrote."""
    if parsed.bounce:
        await _file_bounce(conn, email_id, parsed, parsed.bounce)
        return
    found = await match_email(conn, context, parsed)
    name, address = found.forwarded_from or parsed.sender
    recent = await emails.count_from_sender(conn, address, clock.now() - LOOP_WINDOW) if not found.user else 0
    problem = LOOP if recent >= LOOP_MAX else found.problem or parsed.problem
    content = _build_content(parsed, found, name=name, address=address, problem=problem)
    await emails.fill_in(conn, email_id, content)
    if found.place and problem != LOOP:
        await emails.attach(conn, await emails.get(conn, email_id), found.place)
    if content.direction == "in" and content.kind == "message":
        if parsed.verified and (key := contacts.key_of(address)):
            await emails.delete_bounce(conn, key)
        if announce and problem != LOOP:
            email = await emails.get(conn, email_id)
            by = Actor("visitor", None, email.sender)
            await events.publish(conn, emails.EmailReceived.of(email, by))


def _build_content(parsed: ParsedEmail, found: Match, *, name: str, address: str, problem: str) -> Content:
    now = clock.now()
    return Content(
        direction="out" if found.sent else "in",
        kind=parsed.kind,
        in_reply_to=parsed.in_reply_to,
        thread_id=found.referenced.thread_id if found.referenced else None,
        from_name=name,
        from_email=address,
        sent_to=[format_address(each) for each in parsed.to],
        cc=[format_address(each) for each in parsed.cc],
        subject=parsed.subject,
        body=parsed.body,
        quoted=parsed.quoted,
        html=parsed.html,
        attachments=parsed.attachments,
        # What a user forwards is only as true as its text.
        verified=parsed.verified and not found.forwarded_from,
        problem=problem,
        at=min(parsed.at or now, now),
    )


async def _file_bounce(conn: Connection, email_id: int, parsed: ParsedEmail, bounce: Bounce) -> None:
    """Mark the addresses of a returned message that we know. Anybody can invent a notification about another one."""
    original = await emails.find_referenced(conn, bounce.original_ids)
    found = Match(referenced=original)
    name, address = parsed.sender
    summary = "\n".join(
        f"The e-mail to {each.email} {'could not be delivered' if each.permanent else 'is delayed'}: {each.reason}"
        for each in bounce.addresses
    )
    await emails.fill_in(conn, email_id, _build_content(parsed, found, name=name, address=address, problem=summary))
    if original is None:
        return
    for each in bounce.addresses:
        if each.permanent and (key := contacts.key_of(each.email)):
            await emails.mark_bounce(conn, key, each.email, each.reason, clock.now())
    if original.lead_id or original.contact_id:
        place = emails.Place(original.lead_id, None if original.lead_id else original.contact_id)
        await emails.attach(conn, await emails.get(conn, email_id), place)
