"""The SQL of the sample data, where no action makes a past: decided enquiries, and deliveries with their attempts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crm.kernel.db import Connection


async def decide_submission(
    connection: Connection,
    reference: str,
    *,
    state: str,
    at: datetime,
    score: int = 0,
    reasons: tuple[str, ...] = (),
    error: str = "",
    lead_id: int | None = None,
) -> int:
    """Give a stored enquiry the state that the worker or a person would have given it. Returns its id."""
    submission_id: int = await connection.fetchval(
        """
        UPDATE submissions
        SET state = $2, settled_at = $3, spam_score = $4, spam_reasons = $5, error = $6, attempts = 1, lead_id = $7
        WHERE reference = $1
        RETURNING id
        """,
        reference, state, at, score, list(reasons), error, lead_id,
    )  # fmt: skip
    return submission_id


async def insert_delivery(
    connection: Connection, webhook_id: int, *, message_id: str, event: str, body: str, state: str, at: datetime,
    attempts: list[tuple[datetime, int | None, str, str, int]],
) -> None:  # fmt: skip
    """A message to a webhook. An attempt is its time, status, error, response and milliseconds."""
    delivery_id: int = await connection.fetchval(
        """
        INSERT INTO webhook_deliveries
            (webhook_id, message_id, event_kind, body, state, attempts, created_at, settled_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        RETURNING id
        """,
        webhook_id, message_id, event, body, state, len(attempts), at,
        attempts[-1][0] if attempts and state != "pending" else None,
    )  # fmt: skip
    await connection.executemany(
        """
        INSERT INTO webhook_attempts (delivery_id, at, status, error, answer, took_ms)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        [(delivery_id, *attempt) for attempt in attempts],
    )


async def pause_webhook(connection: Connection, webhook_id: int, *, since: datetime, at: datetime, reason: str) -> None:
    """Pause a webhook that has failed since then."""
    await connection.execute(
        """
        UPDATE webhooks
        SET active = false, failing_since = $2, paused_at = $3, pause_reason = $4
        WHERE id = $1
        """,
        webhook_id, since, at, reason,
    )  # fmt: skip


async def insert_notification(
    connection: Connection, channel_id: int, *, title: str, body: str, path: str, state: str, at: datetime,
    attempts: list[tuple[datetime, str, int]],
) -> None:  # fmt: skip
    """A notification to a channel. An attempt is its time, error and milliseconds."""
    notification_id: int = await connection.fetchval(
        """
        INSERT INTO notifications (channel_id, title, body, path, state, attempts, created_at, settled_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        RETURNING id
        """,
        channel_id, title, body, path, state, len(attempts), at, attempts[-1][0],
    )  # fmt: skip
    await connection.executemany(
        "INSERT INTO notification_attempts (notification_id, at, error, took_ms) VALUES ($1, $2, $3, $4)",
        [(notification_id, *attempt) for attempt in attempts],
    )


async def switch_off_channel(connection: Connection, channel_id: int) -> None:
    """Switch a channel off, so that it receives nothing."""
    await connection.execute("UPDATE channels SET active = false WHERE id = $1", channel_id)


async def note_seen(connection: Connection, user_id: int, at: datetime, *, joined: datetime) -> None:
    """Say when a user joined, and was here last."""
    await connection.execute("UPDATE users SET last_seen_at = $2, created_at = $3 WHERE id = $1", user_id, at, joined)


async def note_absence(connection: Connection, user_id: int, *, since: datetime) -> None:
    """Say that a user was disabled then."""
    await connection.execute("UPDATE users SET disabled_at = $2, last_seen_at = $2 WHERE id = $1", user_id, since)


async def insert_passkey(connection: Connection, user_id: int, name: str, at: datetime) -> None:
    """A passkey that no device has. It was used then."""
    await connection.execute(
        """
        INSERT INTO passkeys
            (user_id, handle, credential_id, public_key, sign_count, name, created_at, used_at)
        VALUES ($1, $2, $3, '', 0, $4, $5::timestamptz - interval '30 days', $5)
        """,
        user_id, secrets.token_bytes(32), secrets.token_bytes(32), name, at,
    )  # fmt: skip


async def insert_invitation(connection: Connection, email: str, *, at: datetime) -> int:
    """An invitation of that time. No mail is sent. Returns its id."""
    invitation_id: int = await connection.fetchval(
        """
        INSERT INTO invitations (email, role, created_at, expires_at)
        VALUES ($1, 'member', $2::timestamptz, $2::timestamptz + interval '7 days')
        RETURNING id
        """,
        email, at,
    )  # fmt: skip
    return invitation_id


async def insert_views(
    connection: Connection, views: Sequence[tuple[str, str, str]], users: Sequence[int], at: datetime
) -> list[int]:
    """Shared views by kind, name and query, in the sidebar of these users. Returns their ids."""
    rows = await connection.fetch(
        """
        WITH created AS (
            INSERT INTO saved_views (kind, name, query, shared, created_at, updated_at)
            SELECT kind, name, query, true, $4, $4
            FROM unnest($1::text[], $2::text[], $3::text[]) AS given (kind, name, query)
            RETURNING id
        ), pinned AS (
            INSERT INTO saved_view_pins (view_id, user_id)
            SELECT id, user_id FROM created CROSS JOIN unnest($5::bigint[]) AS user_id
        )
        SELECT id FROM created
        """,
        *map(list, zip(*views, strict=True)), at, users,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def insert_tags(
    connection: Connection, tags: Sequence[tuple[str, str]], leads: Sequence[int], at: datetime
) -> list[int]:
    """Tags by name and color, each on some of the leads, their contacts and companies. Returns their ids."""
    rows = await connection.fetch(
        """
        INSERT INTO tags (name, color, created_at, updated_at)
        SELECT name, color, $3, $3 FROM unnest($1::text[], $2::text[]) AS given (name, color)
        ON CONFLICT DO NOTHING
        RETURNING id
        """,
        *map(list, zip(*tags, strict=True)), at,
    )  # fmt: skip
    ids = [row["id"] for row in rows]
    for number, tag_id in enumerate(ids):
        some = leads[number :: 5 + 2 * number]
        await connection.execute("UPDATE leads SET tag_ids = tag_ids || $1::bigint WHERE id = ANY($2)", tag_id, some)
    if ids:
        await connection.execute(
            """
            UPDATE contacts SET tag_ids = ARRAY[$1::bigint]
            WHERE id IN (SELECT contact_id FROM leads WHERE $1 = ANY(tag_ids) AND demo)
            """,
            ids[-1],
        )
    return ids


async def delete_by_id(connection: Connection, ids: dict[str, Any]) -> None:
    """Delete the sample rows that bear no mark: their ids were noted when they were made."""
    await connection.execute("DELETE FROM submissions WHERE id = ANY($1::bigint[])", ids.get("submissions", []))
    await connection.execute("DELETE FROM activities WHERE email_id = ANY($1::bigint[])", ids.get("emails", []))
    await connection.execute("DELETE FROM emails WHERE id = ANY($1::bigint[])", ids.get("emails", []))
    await connection.execute("DELETE FROM email_templates WHERE id = ANY($1::bigint[])", ids.get("templates", []))
    await connection.execute("DELETE FROM webhooks WHERE id = ANY($1::bigint[])", ids.get("webhooks", []))
    await connection.execute("DELETE FROM channels WHERE id = ANY($1::bigint[])", ids.get("channels", []))
    await connection.execute("DELETE FROM tags WHERE id = ANY($1::bigint[])", ids.get("tags", []))
    await connection.execute("DELETE FROM saved_views WHERE id = ANY($1::bigint[])", ids.get("saved_views", []))
    await connection.execute("DELETE FROM invitations WHERE id = ANY($1::bigint[])", ids.get("invitations", []))
    await connection.execute("DELETE FROM users WHERE id = ANY($1::bigint[])", ids.get("users", []))
