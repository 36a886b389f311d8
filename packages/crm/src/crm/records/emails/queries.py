"""The SQL of e-mails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Page, Sort, Where
from crm.records.base import Table
from crm.records.emails.models import Attachment, Content, Email, EmailState, Referenced


def _place_sql(column: str) -> str:
    """A subquery: the record that shows an e-mail on its timeline."""
    return f"(SELECT {column} FROM activities WHERE email_id = emails.id ORDER BY id LIMIT 1)"


_PLACES = {column: f"{_place_sql(column)} AS {column}" for column in ("lead_id", "contact_id")}


def _build(*values: Any) -> Email:
    """An e-mail from its columns."""
    named = dict(zip(Email.__struct_fields__, values, strict=True))
    return Email(**{**named, "attachments": msgspec.convert(named["attachments"], list[Attachment])})


OF_RECORD = {
    column: f"id IN (SELECT email_id FROM activities WHERE {column} = {{}})" for column in ("lead_id", "contact_id")
}
"""The conditions of e-mails on the timeline of one record."""
TABLE: Table[Email] = Table(
    noun="e-mail",
    table="emails",
    columns=", ".join(_PLACES.get(name, name) for name in Email.__struct_fields__),
    build=_build,
    sorts={"at": Sort("at", datetime), "received_at": Sort("received_at", datetime)},
    default="-at",
    totals=Totals(),
)


_WAITING = """
    SELECT id FROM emails WHERE state = 'unmatched'
    UNION ALL
    SELECT email_id FROM outgoing_emails WHERE state = 'failed'
"""


async def insert_received(connection: Connection, message_id: str, raw: bytes, at: datetime) -> int | None:
    """Store a message as it arrived. Returns its id; None if it is here already."""
    email_id = await _insert(connection, message_id, at)
    if email_id is not None:
        await connection.execute("INSERT INTO email_sources (email_id, raw) VALUES ($1, $2)", email_id, raw)
    return email_id


async def insert_to_fetch(connection: Connection, message_id: str, fetch_id: str, at: datetime) -> int | None:
    """Store that a provider holds a message for us. Returns its id; None if it is here already."""
    email_id = await _insert(connection, message_id, at)
    if email_id is not None:
        await connection.execute("INSERT INTO email_sources (email_id, fetch_id) VALUES ($1, $2)", email_id, fetch_id)
    return email_id


async def _insert(connection: Connection, message_id: str, at: datetime) -> int | None:
    email_id: int | None = await connection.fetchval(
        """
        INSERT INTO emails (direction, state, message_id, at, received_at)
        VALUES ('in', 'received', $1, $2, $2)
        ON CONFLICT (message_id) DO NOTHING
        RETURNING id
        """,
        message_id, at,
    )  # fmt: skip
    return email_id


async def set_raw(connection: Connection, email_id: int, raw: bytes) -> None:
    """Store the message that a provider held."""
    await connection.execute("UPDATE email_sources SET raw = $2 WHERE email_id = $1", email_id, raw)


async def read_source(connection: Connection, email_id: int) -> tuple[bytes | None, str] | None:
    """The message as it arrived, and the id under which a provider holds it. None once it was processed."""
    row = await connection.fetchrow(
        """
        SELECT raw, fetch_id
        FROM email_sources
        JOIN emails ON emails.id = email_id
        WHERE email_id = $1 AND state = 'received'
        """,
        email_id,
    )
    return (row["raw"], row["fetch_id"]) if row else None


async def read_raw(connection: Connection, email_id: int) -> bytes | None:
    """The message as it arrived."""
    raw: bytes | None = await connection.fetchval("SELECT raw FROM email_sources WHERE email_id = $1", email_id)
    return raw


async def read_html(connection: Connection, email_id: int) -> str:
    """The message as HTML that is safe to show; empty without one."""
    html: str = await connection.fetchval("SELECT html FROM emails WHERE id = $1", email_id) or ""
    return html


async def lock_received(connection: Connection, email_id: int) -> bool:
    """Lock a message that is not processed yet. False if it is processed, or gone."""
    return (
        await connection.fetchval("SELECT true FROM emails WHERE id = $1 AND state = 'received' FOR UPDATE", email_id)
        is not None
    )


async def fill_in(connection: Connection, email_id: int, content: Content) -> None:
    """Store what a message says. It waits in the inbox until it is attached."""
    values = {**msgspec.structs.asdict(content), "attachments": msgspec.to_builtins(content.attachments)}
    sets = ", ".join(f"{column} = ${mark}" for mark, column in enumerate(values, start=2))
    await connection.execute(f"UPDATE emails SET state = 'unmatched', {sets} WHERE id = $1", email_id, *values.values())


async def lock(connection: Connection, email_id: int) -> None:
    await connection.execute("SELECT FROM emails WHERE id = $1 FOR UPDATE", email_id)


async def set_state(connection: Connection, email_id: int, state: EmailState) -> None:
    await connection.execute("UPDATE emails SET state = $2 WHERE id = $1", email_id, state)


async def find_referenced(connection: Connection, message_ids: Sequence[str]) -> Referenced | None:
    """The newest of these messages that we have, such as those that another one names as its references."""
    row = await connection.fetchrow(
        f"""
        SELECT id, coalesce(thread_id, id), {_place_sql("lead_id")}, {_place_sql("contact_id")}
        FROM emails
        WHERE message_id = ANY($1)
        ORDER BY at DESC, id DESC
        LIMIT 1
        """,
        message_ids,
    )
    return Referenced(*row) if row else None


async def count_from_sender(connection: Connection, email: str, since: datetime) -> int:
    """How many e-mails this address has sent since then."""
    number: int = await connection.fetchval(
        "SELECT count(*) FROM emails WHERE lower(from_email) = lower($1) AND received_at >= $2", email, since
    )
    return number


async def count_in_inbox(connection: Connection) -> int:
    """How many e-mails wait in the inbox: those without a record, and those that could not be sent."""
    number: int = await connection.fetchval(f"SELECT count(*) FROM ({_WAITING}) AS waiting")
    return number


async def list_in_inbox(connection: Connection, cursor: str) -> Page[Email]:
    """One page of the e-mails that wait in the inbox, newest first. Raises `ValidationError` for an unknown cursor."""
    return await TABLE.page(connection, Where([f"id IN ({_WAITING})"]), sort="-received_at", cursor=cursor)


async def find_last_received(connection: Connection) -> datetime | None:
    """When the last message arrived. What users write here counts for nothing, so that a silence is seen."""
    moment: datetime | None = await connection.fetchval(
        """
        SELECT received_at
        FROM emails
        WHERE NOT EXISTS (SELECT FROM outgoing_emails WHERE email_id = emails.id)
        ORDER BY received_at DESC
        LIMIT 1
        """
    )
    return moment


async def mark_bounce(connection: Connection, key: str, email: str, reason: str, at: datetime) -> None:
    """Remember that mail to this mailbox is returned."""
    await connection.execute(
        """
        INSERT INTO bounces (email_key, email, reason, at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (email_key) DO UPDATE SET email = $2, reason = $3, at = $4
        """,
        key, email, reason, at,
    )  # fmt: skip


async def delete_bounce(connection: Connection, key: str) -> None:
    """Forget that mail to this mailbox was returned."""
    await connection.execute("DELETE FROM bounces WHERE email_key = $1", key)


async def list_references(connection: Connection, email: Email) -> list[str]:
    """The ids of the messages of its conversation, the first and the latest ones, in order (RFC 5322, 3.6.4)."""
    rows = await connection.fetch(
        """
        SELECT message_id
        FROM emails
        WHERE (id = $1 OR thread_id = $1) AND id <> $2 AND state <> 'outgoing'
        ORDER BY at, id
        """,
        email.thread_id, email.id,
    )  # fmt: skip
    ids = [row["message_id"] for row in rows if not row["message_id"].endswith("@no-message-id.invalid")]
    answered = [email.in_reply_to] if email.in_reply_to and email.in_reply_to not in ids[-9:] else []
    return [*ids[:1], *ids[1:][-9:], *answered]


async def read_signature(connection: Connection, user_id: int) -> str:
    """What a user's e-mails end with; empty without one."""
    body: str = await connection.fetchval("SELECT body FROM email_signatures WHERE user_id = $1", user_id) or ""
    return body


async def write_signature(connection: Connection, user_id: int, body: str) -> None:
    """Set what a user's e-mails end with."""
    await connection.execute(
        "INSERT INTO email_signatures (user_id, body) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET body = $2",
        user_id, body,
    )  # fmt: skip
