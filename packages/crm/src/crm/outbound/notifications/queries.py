"""The SQL of notification channels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from crm.kernel.db import Connection
from crm.outbound.notifications.models import Channel, Mail

COLUMNS = ", ".join(Channel.__struct_fields__)
_MAIL = ", ".join(Mail.__struct_fields__)


class Overview(msgspec.Struct, frozen=True):
    """A channel in the list, and the state of its last notification."""

    channel: Channel
    last_at: datetime | None
    last_state: str


async def has_channels(connection: Connection) -> bool:
    """Whether the team has a channel at all."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM channels WHERE user_id IS NULL)"))


async def list_of_users(connection: Connection, user_ids: Iterable[int]) -> dict[int, Channel]:
    """The own channels of these users, by user."""
    rows = await connection.fetch(f"SELECT user_id, {COLUMNS} FROM channels WHERE user_id = ANY($1)", list(user_ids))
    return {row["user_id"]: Channel(*tuple(row)[1:]) for row in rows}


async def lock_sealed_urls(connection: Connection) -> list[tuple[int, bytes]]:
    """The id and encrypted address of every channel, locked until the transaction ends."""
    rows = await connection.fetch("SELECT id, sealed_url FROM channels ORDER BY id FOR UPDATE")
    return [(row[0], row[1]) for row in rows]


async def update_sealed_url(connection: Connection, channel_id: int, sealed: bytes) -> None:
    """Write a re-encrypted address."""
    await connection.execute("UPDATE channels SET sealed_url = $2 WHERE id = $1", channel_id, sealed)


async def list_overview(connection: Connection) -> list[Overview]:
    """All channels of the team, by name."""
    columns = ", ".join(f"channel.{name}" for name in Channel.__struct_fields__)
    rows = await connection.fetch(
        f"""
        SELECT {columns}, last.created_at, coalesce(last.state, '')
        FROM channels AS channel
        LEFT JOIN LATERAL (
            SELECT created_at, state FROM notifications WHERE channel_id = channel.id ORDER BY id DESC LIMIT 1
        ) AS last ON true
        WHERE channel.user_id IS NULL
        ORDER BY channel.name, channel.id
        """
    )
    width = len(Channel.__struct_fields__)
    return [Overview(Channel(*tuple(row)[:width]), *tuple(row)[width:]) for row in rows]


async def list_mails(connection: Connection, limit: int = 100) -> list[Mail]:
    """The latest mails that were sent, newest first."""
    rows = await connection.fetch(f"SELECT {_MAIL} FROM mails ORDER BY created_at DESC, id DESC LIMIT $1", limit)
    return [Mail(*row) for row in rows]


async def find_mail(connection: Connection, mail_id: int) -> Mail | None:
    row = await connection.fetchrow(f"SELECT {_MAIL} FROM mails WHERE id = $1", mail_id)
    return Mail(*row) if row else None
