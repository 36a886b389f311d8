"""E-mails that users write: kept for ten seconds or until their time, sent by the delivery engine, then attached.

The Message-ID stays the same however often sending is tried. An attempt whose result is unknown is not repeated by
itself, because the person may have got the message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from datetime import timedelta
from email.message import EmailMessage
from email.utils import formataddr, parseaddr
from typing import Any

from crm.accounts import auth
from crm.accounts.auth import User
from crm.kernel import clock, jobs, mail
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, ValidationError
from crm.kernel.security.tokens import new_token
from crm.outbound.deliveries import Attempt, DeliveryQueue, Outcome, Task
from crm.records import files
from crm.records.emails import actions, attached_files, outgoing_queries, queries
from crm.records.emails.addresses import build_address
from crm.records.emails.attached_files import AttachedFile
from crm.records.emails.models import Email, NewMessage, Place
from crm.values import get_email_domain, to_ascii_email

JOB = "send_email"
UNDO_FOR = timedelta(seconds=10)
_sending = asyncio.Lock()
"""A message with files takes several times their size in memory, so one is sent at a time."""
UNCERTAIN = "It may have arrived all the same, so ask or check before you send it again."


class SendTask(Task, frozen=True):
    """What a worker needs besides the e-mail itself."""

    user_id: int | None
    lead_id: int | None
    contact_id: int | None
    bcc: list[str]


QUEUE: DeliveryQueue[SendTask, Attempt] = DeliveryQueue(
    job=JOB, job_key="outgoing_email_id", priority=jobs.SOON,
    table="outgoing_emails", targets="emails", target_id="email_id", delivered="sent",
    attempts_table="outgoing_email_attempts", attempt_of="outgoing_email_id", attempt=Attempt, task=SendTask,
    task_columns="delivery.user_id, delivery.lead_id, delivery.contact_id, delivery.bcc",
    retry_delays=tuple(timedelta(seconds=seconds) for seconds in (30, 5 * 60, 30 * 60)),
)  # fmt: skip


async def create(connection: Connection, context: AppContext, message: NewMessage, user: User) -> Email:
    """Store a message of a user, to be sent in ten seconds or at its time."""
    now = clock.now()
    at = max(message.send_at or now, now + UNDO_FOR)
    sender = _find_sender(context, user)
    answered = message.answered
    email_id, outgoing_id = await outgoing_queries.insert_outgoing(
        connection, message_id=f"{new_token('crm-')}@{get_email_domain(sender)}", user=user, sender=sender,
        in_reply_to=answered.message_id if answered else "",
        thread_id=(answered.thread_id or answered.id) if answered else None, message=message, now=now, send_at=at,
    )  # fmt: skip
    await attached_files.add(connection, message.files, user.id, email_id)
    await QUEUE.enqueue(connection, [outgoing_id], at=at)
    return await actions.get(connection, email_id)


async def cancel(connection: Connection, email: Email) -> None:
    """Keep a message from being sent. Raises `ConflictError` if its time has come, or it was sent."""
    if not await outgoing_queries.cancel_outgoing(connection, email.id, clock.now()):
        raise ConflictError("This e-mail is on its way already, so it can no longer be stopped.")


async def send_again(connection: Connection, email: Email) -> None:
    """Send a failed message again, with all its retries. Raises `ConflictError` if it has not failed."""
    outgoing_id = await outgoing_queries.find_failed(connection, email.id)
    if outgoing_id is None:
        raise ConflictError("Only an e-mail that could not be sent can be sent again. Reload the page.")
    await QUEUE.restart(connection, email.id, outgoing_id)


async def send(context: AppContext, payload: dict[str, Any]) -> None:
    """The job that makes one attempt."""
    await QUEUE.attempt_delivery(context, payload, _send, _attach)


async def _send(context: AppContext, task: SendTask) -> Outcome:
    async with context.db.connection() as connection:
        email = await actions.get(connection, task.target_id)
        references = await queries.list_references(connection, email)
        user = await _find_user(connection, task.user_id)
        attached = await attached_files.list_of(connection, email.id)
    if task.lead_id is None and task.contact_id is None:
        return Outcome(delivered=False, error="The record that it was written for was deleted.", retry=False)
    if user is None or user.disabled_at is not None:
        return Outcome(delivered=False, error="Whoever wrote it has left the team.", retry=False)
    async with _sending if attached else nullcontext():
        return await _deliver(context, task, email, build_mime_message(context, email, user, references, task.lead_id),
                              attached)  # fmt: skip


async def _deliver(
    context: AppContext, task: SendTask, email: Email, message: EmailMessage, attached: list[AttachedFile]
) -> Outcome:
    for file in attached:
        maintype, _, subtype = file.content_type.partition("/")
        content = await files.read_content(context, file.content_id)
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=file.name)
    recipients = [parseaddr(each)[1] for each in (*email.sent_to, *email.cc)] + task.bcc
    try:
        refused = await mail.deliver(
            context.config, message, [to_ascii_email(each) for each in dict.fromkeys(recipients)], email.message_id
        )
    except mail.UncertainMailError as error:
        return Outcome(delivered=False, error=f"{error} {UNCERTAIN}", retry=False)
    except mail.MailError as error:
        return Outcome(delivered=False, error=str(error))
    async with context.db.transaction() as connection:
        await outgoing_queries.keep_source(connection, email.id, message.as_bytes())
    return Outcome(delivered=True, error=f"One of the recipients was refused: {refused}" if refused else "")


async def _attach(connection: Connection, task: SendTask, outcome: Outcome) -> None:
    """Put a message that was sent on the timeline of its record, in the transaction that records the attempt."""
    if not outcome.delivered or not await outgoing_queries.mark_sent(
        connection, task.target_id, outcome.error, clock.now()
    ):
        return
    await attached_files.delete_of(connection, task.target_id)
    user = await _find_user(connection, task.user_id)
    if user and (task.lead_id or task.contact_id):
        place = Place(task.lead_id, None if task.lead_id else task.contact_id)
        with suppress(ValidationError):  # the record was deleted while it was sent, so it waits in the inbox
            await actions.attach(connection, await actions.get(connection, task.target_id), place, by=user.actor)


def build_mime_message(
    context: AppContext, email: Email, user: User, references: Sequence[str], lead_id: int | None
) -> EmailMessage:
    """The message as it is sent: in the user's name, threaded, with answers to the user and to the lead."""
    sender = formataddr((user.name, email.from_email))
    text = f"{email.body}\n\n{email.quoted}" if email.quoted else email.body
    message = mail.build_email(sender, email.sent_to, mail.clean_subject(email.subject), text, "x")
    message.replace_header("Message-ID", f"<{email.message_id}>")
    if email.cc:
        message["Cc"] = ", ".join(email.cc)
    answers = [user.email, build_address(context, "lead", lead_id) if lead_id else ""]
    message["Reply-To"] = ", ".join(formataddr((user.name, each)) if each == user.email else each
                                    for each in answers if each)  # fmt: skip
    if email.in_reply_to:
        message["In-Reply-To"] = f"<{email.in_reply_to}>"
    # Resend gives messages ids of its own, so ours goes along where answers repeat it.
    ids = [*references, *([email.message_id] if mail.carrier(context.config) == "resend" else ())]
    if ids:
        message["References"] = " ".join(f"<{each}>" for each in ids)
    return message


def _find_sender(context: AppContext, user: User) -> str:
    """The address a user writes from: the own one if it is of the domain that we may send for."""
    ours = parseaddr(context.config.mail_from)[1]
    return user.email if get_email_domain(user.email) == get_email_domain(ours) else ours


async def _find_user(connection: Connection, user_id: int | None) -> User | None:
    return next((user for user in await auth.list_users(connection) if user.id == user_id), None)
