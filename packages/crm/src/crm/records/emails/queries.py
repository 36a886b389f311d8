"""The SQL of e-mails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Sort
from crm.records.common import Table
from crm.records.emails.models import Content, Email, EmailState, Referenced


def _place_sql(column: str) -> str:
    """A subquery: the record that shows an e-mail on its timeline."""
    return f"(SELECT {column} FROM activities WHERE email_id = emails.id ORDER BY id LIMIT 1)"


_PLACES = {column: f"{_place_sql(column)} AS {column}" for column in ("lead_id", "contact_id")}
OF_RECORD = {
    column: f"id IN (SELECT email_id FROM activities WHERE {column} = {{}})" for column in ("lead_id", "contact_id")
}
"""The conditions of e-mails on the timeline of one record."""
TABLE: Table[Email] = Table(
    noun="e-mail",
    table="emails",
    columns=", ".join(_PLACES.get(name, name) for name in Email.__struct_fields__),
    build=Email,
    sorts={"at": Sort("at", datetime), "received_at": Sort("received_at", datetime)},
    default="-at",
    totals=Totals(),
)


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
    values = msgspec.structs.asdict(content)
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


async def count_unmatched(connection: Connection) -> int:
    """How many e-mails wait in the inbox."""
    number: int = await connection.fetchval("SELECT count(*) FROM emails WHERE state = 'unmatched'")
    return number


async def find_last_received(connection: Connection) -> datetime | None:
    """When the last message arrived."""
    moment: datetime | None = await connection.fetchval("SELECT max(received_at) FROM emails")
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
