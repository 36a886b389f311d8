"""The SQL of submissions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crm.inbound.intake.models import COLUMNS, ProcessResult, State, StoreResult, Submission, SubmissionCounts
from crm.kernel.db import Connection

# A client repeats an enquiry at once, so only this many of its latest posts are searched.
_LOOK_BACK = 50
# The same message is counted among this many of the latest posts.
_LATEST = 200


async def store(
    conn: Connection,
    *,
    reference: str,
    key: str,
    keyed: bool,
    fingerprint: bytes,
    body: dict[str, Any],
    origin: str,
    address_hash: bytes,
    device: str,
    synthetic: bool,
    sent_at: datetime,
    received_at: datetime,
    since: datetime,
    rate: int | None,
) -> StoreResult | None:
    """Insert a submission unless it repeats one, or its client has sent `rate` others since `since`.

    A `keyed` submission repeats one with the same key, others one with the same fingerprint and client since `since`.
    Returns None if another request is storing the same enquiry now. Then try again.
    """
    row = await conn.fetchrow(
        f"""
        WITH recent AS (
            SELECT reference, fingerprint, received_at
            FROM submissions
            WHERE address_hash = $6 AND received_at > $11
            ORDER BY received_at DESC
            LIMIT greatest({_LOOK_BACK}, $13)
        ), repeated AS (
            SELECT reference, fingerprint, received_at
            FROM submissions
            WHERE idempotency_key = $2
            UNION ALL
            (SELECT * FROM recent WHERE NOT $12 AND fingerprint = $3 ORDER BY received_at)
            LIMIT 1
        ), limited AS (
            SELECT reference, fingerprint, received_at
            FROM recent
            WHERE $13::integer IS NOT NULL AND NOT EXISTS (SELECT FROM repeated)
            ORDER BY received_at DESC
            OFFSET $13 - 1
            LIMIT 1
        ), stored AS (
            INSERT INTO submissions (
                reference, idempotency_key, fingerprint, body, origin, address_hash, device, synthetic, sent_at,
                received_at
            )
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
            WHERE NOT EXISTS (SELECT FROM repeated) AND NOT EXISTS (SELECT FROM limited)
            ON CONFLICT DO NOTHING
            RETURNING reference, fingerprint, received_at
        )
        SELECT 'stored' AS outcome, * FROM stored
        UNION ALL
        SELECT 'repeated', * FROM repeated
        UNION ALL
        SELECT 'limited', * FROM limited
        """,
        reference, key, fingerprint, body, origin, address_hash, device, synthetic, sent_at, received_at, since,
        keyed, rate,
    )  # fmt: skip
    return StoreResult(*row) if row else None


async def find(conn: Connection, submission_id: int) -> Submission | None:
    row = await conn.fetchrow(f"SELECT {COLUMNS} FROM submissions WHERE id = $1", submission_id)
    return Submission(*row) if row else None


async def find_by_reference(conn: Connection, reference: str) -> Submission | None:
    row = await conn.fetchrow(f"SELECT {COLUMNS} FROM submissions WHERE reference = $1", reference)
    return Submission(*row) if row else None


async def claim(conn: Connection, submission_id: int, states: list[State], *, wait: bool) -> Submission | None:
    """Lock and return the submission if it is in one of `states`. Skips one that is locked, unless `wait`."""
    row = await conn.fetchrow(
        f"""
        SELECT {COLUMNS}
        FROM submissions
        WHERE id = $1 AND state = ANY($2)
        FOR UPDATE {"" if wait else "SKIP LOCKED"}
        """,
        submission_id, states,
    )  # fmt: skip
    return Submission(*row) if row else None


async def claim_new(conn: Connection, limit: int) -> list[Submission]:
    """Lock the oldest submissions without an attempt. Skips locked ones."""
    rows = await conn.fetch(
        f"""
        SELECT {COLUMNS}
        FROM submissions
        WHERE state = 'received' AND attempts = 0
        ORDER BY received_at, id
        LIMIT $1
        FOR UPDATE SKIP LOCKED
        """,
        limit,
    )
    return [Submission(*row) for row in rows]


async def finish(conn: Connection, results: Sequence[ProcessResult], at: datetime) -> None:
    """Store the results of an attempt."""
    columns = zip(
        *((each.id, each.state, each.spam_score, "\n".join(each.spam_reasons), each.lead_id) for each in results),
        strict=True,
    )
    await conn.execute(
        """
        UPDATE submissions
        SET state = result.state, settled_at = $1, attempts = attempts + 1, spam_score = result.score,
            spam_reasons = string_to_array(result.reasons, E'\n'), lead_id = result.lead, error = ''
        FROM unnest($2::bigint[], $3::text[], $4::integer[], $5::text[], $6::bigint[])
             AS result (id, state, score, reasons, lead)
        WHERE submissions.id = result.id
        """,
        at, *columns,
    )  # fmt: skip


async def fail(
    conn: Connection, submission_id: int, *, state: State, settled_at: datetime | None, error: str
) -> Submission:
    """Store why a submission could not be processed."""
    row = await conn.fetchrow(
        f"""
        UPDATE submissions
        SET state = $2, settled_at = $3, error = $4, attempts = attempts + 1, lead_id = NULL
        WHERE id = $1
        RETURNING {COLUMNS}
        """,
        submission_id, state, settled_at, error,
    )  # fmt: skip
    return Submission(*row)


async def move(conn: Connection, submission_id: int, state: State, at: datetime) -> Submission:
    row = await conn.fetchrow(
        f"UPDATE submissions SET state = $2, settled_at = $3 WHERE id = $1 RETURNING {COLUMNS}",
        submission_id,
        state,
        at,
    )
    return Submission(*row)


async def count_repeats(conn: Connection, messages: Sequence[tuple[str, bytes]], since: datetime) -> list[int]:
    """For each message and client, count the other clients that sent the same message lately."""
    rows = await conn.fetch(
        """
        SELECT asked.position, count(DISTINCT lately.address_hash)
        FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS asked (message, address_hash, position)
        JOIN (
            SELECT body ->> 'message' AS message, address_hash
            FROM submissions
            WHERE received_at > $3
            ORDER BY received_at DESC, id DESC
            LIMIT $4
        ) AS lately ON lately.message = asked.message AND lately.address_hash <> asked.address_hash
        GROUP BY asked.position
        """,
        [message for message, _ in messages], [client for _, client in messages], since, _LATEST + len(messages),
    )  # fmt: skip
    counts = dict(map(tuple, rows))
    return [counts.get(position, 0) for position in range(1, len(messages) + 1)]


async def delete_synthetic(conn: Connection, reference: str) -> bool:
    """Delete the test enquiry with this reference if no lead was made of it yet; says whether there was one."""
    row = await conn.fetchrow(
        "DELETE FROM submissions WHERE reference = $1 AND synthetic AND lead_id IS NULL RETURNING id", reference
    )
    return row is not None


async def list_stuck(conn: Connection, before: datetime, limit: int) -> list[int]:
    """List the ids of received submissions that nobody has processed since `before`."""
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


async def count_waiting(conn: Connection, stuck_before: datetime) -> SubmissionCounts:
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
    return SubmissionCounts(*row)


async def purge(conn: Connection, before: datetime) -> int:
    """Delete submissions that were dismissed, or seen as possible spam, before then, and return how many."""
    rows = await conn.fetch(
        """
        DELETE FROM submissions
        WHERE state IN ('quarantined', 'dismissed') AND settled_at < $1 AND (state = 'dismissed' OR seen_at < $1)
        RETURNING id
        """,
        before,
    )
    return len(rows)


async def mark_seen(conn: Connection, submission_ids: Sequence[int], at: datetime) -> None:
    """Note that a user has seen these submissions."""
    await conn.execute("UPDATE submissions SET seen_at = $2 WHERE id = ANY($1) AND seen_at IS NULL", submission_ids, at)
