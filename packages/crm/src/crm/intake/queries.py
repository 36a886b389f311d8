"""The SQL of submissions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crm.intake.models import COLUMNS, Standing, State, Submission
from crm.kernel.db import Connection

# An address that repeats itself does so at once; further back than this many of its posts nobody looks.
_LOOK_BACK = 50


async def serialize(conn: Connection, number: int) -> None:
    """Let posts with the same `number` pass one at a time, until the end of the transaction."""
    await conn.execute("SELECT pg_advisory_xact_lock($1)", number)


async def with_key(conn: Connection, key: str) -> Submission | None:
    row = await conn.fetchrow(f"SELECT {COLUMNS} FROM submissions WHERE idempotency_key = $1", key)
    return Submission(*row) if row else None


async def twin(conn: Connection, fingerprint: bytes, address_hash: bytes, since: datetime) -> Submission | None:
    """The first of the same words from the same address since then."""
    row = await conn.fetchrow(
        f"""
        SELECT {COLUMNS}
        FROM (
            SELECT {COLUMNS}
            FROM submissions
            WHERE address_hash = $2 AND received_at > $3
            ORDER BY received_at DESC
            LIMIT {_LOOK_BACK}
        ) AS lately
        WHERE fingerprint = $1
        ORDER BY received_at
        LIMIT 1
        """,
        fingerprint, address_hash, since,
    )  # fmt: skip
    return Submission(*row) if row else None


async def nth_newest(conn: Connection, address_hash: bytes, since: datetime, nth: int) -> datetime | None:
    """When the n-th newest post of an address arrived; None when there are fewer since then."""
    at: datetime | None = await conn.fetchval(
        """
        SELECT received_at
        FROM submissions
        WHERE address_hash = $1 AND received_at > $2
        ORDER BY received_at DESC
        OFFSET $3
        LIMIT 1
        """,
        address_hash, since, nth - 1,
    )  # fmt: skip
    return at


async def insert(
    conn: Connection,
    *,
    reference: str,
    idempotency_key: str | None,
    fingerprint: bytes,
    body: dict[str, Any],
    origin: str,
    address_hash: bytes,
    device: str,
    synthetic: bool,
    sent_at: datetime,
    received_at: datetime,
) -> Submission:
    row = await conn.fetchrow(
        f"""
        INSERT INTO submissions (
            reference, idempotency_key, fingerprint, body, origin, address_hash, device, synthetic, sent_at,
            received_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        RETURNING {COLUMNS}
        """,
        reference, idempotency_key, fingerprint, body, origin, address_hash, device, synthetic, sent_at,
        received_at,
    )  # fmt: skip
    return Submission(*row)


async def find(conn: Connection, number: int) -> Submission | None:
    row = await conn.fetchrow(f"SELECT {COLUMNS} FROM submissions WHERE id = $1", number)
    return Submission(*row) if row else None


async def find_by_reference(conn: Connection, reference: str) -> Submission | None:
    row = await conn.fetchrow(f"SELECT {COLUMNS} FROM submissions WHERE reference = $1", reference)
    return Submission(*row) if row else None


async def claim(conn: Connection, number: int, states: list[State], *, wait: bool) -> Submission | None:
    """The submission, locked, if it is in one of `states`. One somebody works on is left, unless `wait`."""
    row = await conn.fetchrow(
        f"""
        SELECT {COLUMNS}
        FROM submissions
        WHERE id = $1 AND state = ANY($2)
        FOR UPDATE {"" if wait else "SKIP LOCKED"}
        """,
        number, states,
    )  # fmt: skip
    return Submission(*row) if row else None


async def settle(
    conn: Connection,
    number: int,
    *,
    state: State,
    at: datetime | None,
    attempts: int,
    spam_score: int,
    spam_reasons: list[str],
    lead_id: int | None = None,
    error: str = "",
) -> Submission:
    """Write what has become of it."""
    row = await conn.fetchrow(
        f"""
        UPDATE submissions
        SET state = $2, settled_at = $3, attempts = $4, spam_score = $5, spam_reasons = $6, lead_id = $7, error = $8
        WHERE id = $1
        RETURNING {COLUMNS}
        """,
        number, state, at, attempts, spam_score, spam_reasons, lead_id, error,
    )  # fmt: skip
    return Submission(*row)


async def move(conn: Connection, number: int, state: State, at: datetime) -> Submission:
    row = await conn.fetchrow(
        f"UPDATE submissions SET state = $2, settled_at = $3 WHERE id = $1 RETURNING {COLUMNS}", number, state, at
    )
    return Submission(*row)


async def others_with(conn: Connection, message: str, address_hash: bytes, since: datetime) -> int:
    """From how many other addresses the same message is among the latest posts."""
    number: int = await conn.fetchval(
        """
        SELECT count(DISTINCT address_hash)
        FROM (
            SELECT body, address_hash
            FROM submissions
            WHERE received_at > $3
            ORDER BY received_at DESC, id DESC
            LIMIT 200
        ) AS lately
        WHERE address_hash <> $2 AND body ->> 'message' = $1
        """,
        message, address_hash, since,
    )  # fmt: skip
    return number


async def stuck(conn: Connection, before: datetime, limit: int) -> list[int]:
    """Numbers of submissions that were stored and then nothing: the process ended in between."""
    rows = await conn.fetch(
        """
        SELECT id
        FROM submissions
        WHERE state = 'received' AND received_at < $1
        ORDER BY received_at, id
        LIMIT $2
        """,
        before, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def standing(conn: Connection, stuck_before: datetime) -> Standing:
    row = await conn.fetchrow(
        """
        SELECT count(*) FILTER (WHERE state = 'quarantined') AS quarantined,
               count(*) FILTER (WHERE state = 'failed' OR state = 'received' AND received_at < $1) AS failed,
               count(*) FILTER (WHERE state = 'dismissed') AS dismissed
        FROM submissions
        WHERE state IN ('received', 'quarantined', 'failed', 'dismissed')
        """,
        stuck_before,
    )
    return Standing(*row)


async def purge(conn: Connection, before: datetime) -> int:
    """Delete what was held or dismissed before then, and nothing else. Says how many."""
    rows = await conn.fetch(
        "DELETE FROM submissions WHERE state IN ('quarantined', 'dismissed') AND settled_at < $1 RETURNING id", before
    )
    return len(rows)
