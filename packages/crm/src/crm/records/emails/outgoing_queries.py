"""The SQL of e-mails that users send."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.auth import User
from crm.kernel.db import Connection
from crm.records.emails.models import NewMessage, Outgoing


async def insert_outgoing(
    connection: Connection,
    *,
    message_id: str,
    user: User,
    sender: str,
    in_reply_to: str,
    thread_id: int | None,
    message: NewMessage,
    now: datetime,
    send_at: datetime,
) -> tuple[int, int]:
    """Store a message that is to be sent. Returns its id, and the one that the delivery engine knows it by."""
    row = await connection.fetchrow(
        """
        WITH email AS (
            INSERT INTO emails (direction, state, message_id, in_reply_to, thread_id, from_name, from_email, sent_to,
                                cc, subject, body, quoted, verified, at, received_at)
            VALUES ('out', 'outgoing', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, true, $15, $15)
            RETURNING id
        )
        INSERT INTO outgoing_emails (email_id, user_id, lead_id, contact_id, bcc, next_at, created_at)
        SELECT id, $11, $12, $13, $14, $16, $15
        FROM email
        RETURNING email_id, id
        """,
        message_id, in_reply_to, thread_id, user.name, sender, message.to, message.cc, message.subject, message.body,
        message.quoted, user.id, message.place.lead_id, message.place.contact_id, message.bcc, now, send_at,
    )  # fmt: skip
    return row["email_id"], row["id"]


async def find_failed(connection: Connection, email_id: int) -> int | None:
    """The id that the delivery engine knows an e-mail by, if it could not be sent."""
    outgoing_id: int | None = await connection.fetchval(
        "SELECT id FROM outgoing_emails WHERE email_id = $1 AND state = 'failed' FOR UPDATE", email_id
    )
    return outgoing_id


async def cancel_outgoing(connection: Connection, email_id: int, now: datetime) -> bool:
    """Cancel an e-mail whose time has not come, or that has failed. False if it is too late."""
    done = await connection.execute(
        """
        UPDATE outgoing_emails
        SET state = 'canceled', next_at = NULL, settled_at = $2
        WHERE email_id = $1 AND (state = 'pending' AND next_at > $2 AND attempts = 0 OR state = 'failed')
        """,
        email_id, now,
    )  # fmt: skip
    return bool(done == "UPDATE 1")


async def find_outgoing(connection: Connection, email_id: int) -> Outgoing | None:
    """How far the sending of an e-mail is; None for one that was received."""
    row = await connection.fetchrow(
        """
        SELECT state, lead_id, contact_id, bcc, next_at,
               coalesce((SELECT error FROM outgoing_email_attempts AS attempt
                         WHERE attempt.outgoing_email_id = outgoing_emails.id ORDER BY attempt.id DESC LIMIT 1), '')
        FROM outgoing_emails
        WHERE email_id = $1
        """,
        email_id,
    )
    return Outgoing(*row) if row else None


async def keep_source(connection: Connection, email_id: int, raw: bytes) -> None:
    """Keep the message as it was sent."""
    await connection.execute(
        "INSERT INTO email_sources (email_id, raw) VALUES ($1, $2) ON CONFLICT (email_id) DO NOTHING", email_id, raw
    )


async def mark_sent(connection: Connection, email_id: int, problem: str, now: datetime) -> bool:
    """Store that a message was sent. False if that was stored before."""
    done = await connection.execute(
        "UPDATE emails SET state = 'unmatched', problem = $2, at = $3 WHERE id = $1 AND state = 'outgoing'",
        email_id, problem, now,
    )  # fmt: skip
    return bool(done == "UPDATE 1")
