"""Limits how often a sign-in may fail. The database keeps the count, so a restart does not reset it.

The limit holds for a pair of client and account, never for an account alone. So an attacker blocks only themselves,
and the owner can always sign in. A client that tries many accounts is blocked as a whole.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.errors import RateLimitedError

PAIR_WINDOW = timedelta(minutes=15)
PAIR_MAX = 5
FIRST_WAIT = timedelta(minutes=1)
MAX_WAIT = timedelta(minutes=15)
CLIENT_WINDOW = timedelta(hours=1)
CLIENT_MAX = 50
KEEP = timedelta(days=1)


async def count_attempt(connection: Connection, account: bytes, client: bytes) -> None:
    """Count an attempt as failed before the password is checked. `clear` removes it after a success.

    So many attempts at once cannot pass. Runs in its own transaction. Raises `RateLimitedError` while the pair or the
    client is blocked.
    """
    at = clock.now()
    # One at a time for each client. The lock ends with the transaction.
    await connection.execute("SELECT pg_advisory_xact_lock($1)", int.from_bytes(client[:8], "big", signed=True))
    row = await connection.fetchrow(
        """
        SELECT
            count(*) FILTER (WHERE account = $1 AND at > $3) AS pair,
            max(at) FILTER (WHERE account = $1 AND at > $3) AS pair_last,
            count(*) AS address,
            min(at) AS address_first
        FROM sign_in_failures
        WHERE address = $2 AND at > $4
        """,
        account, client, at - PAIR_WINDOW, at - CLIENT_WINDOW,
    )  # fmt: skip
    if row["address"] >= CLIENT_MAX:
        raise _rate_limit_error(row["address_first"] + CLIENT_WINDOW - at)
    if row["pair"] >= PAIR_MAX:
        free_at = row["pair_last"] + wait_after(row["pair"])
        if free_at > at:
            raise _rate_limit_error(free_at - at)
    await connection.execute(
        "INSERT INTO sign_in_failures (account, address, at) VALUES ($1, $2, $3)", account, client, at
    )


def wait_after(failures: int) -> timedelta:
    """How long a pair is blocked: a minute after the first failures, then twice as long each time, up to 15 minutes."""
    doublings: int = min(failures - PAIR_MAX, 10)
    return min(FIRST_WAIT * (1 << doublings), MAX_WAIT)


async def clear(connection: Connection, account: bytes, client: bytes) -> None:
    """Delete the failures of this pair, because the password was right."""
    await connection.execute("DELETE FROM sign_in_failures WHERE account = $1 AND address = $2", account, client)


async def purge(connection: Connection, before: datetime) -> None:
    """Delete failures older than `before`."""
    await connection.execute("DELETE FROM sign_in_failures WHERE at < $1", before)


def _rate_limit_error(remaining: timedelta) -> RateLimitedError:
    seconds = max(1, ceil(remaining.total_seconds()))
    minutes = -(-seconds // 60)
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    return RateLimitedError(f"Too many attempts. Wait {wait}, then try again.", headers={"retry-after": str(seconds)})
