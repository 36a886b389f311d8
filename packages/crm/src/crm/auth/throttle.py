"""How often a sign-in may fail, counted in the database so that a restart forgives nothing.

What waits is the pair of address and account, never an account alone: whoever tries passwords from elsewhere
makes only themselves wait, and the owner's right password always opens. An address that tries many accounts
waits as a whole.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.errors import RateLimitedError

PAIR_WINDOW = timedelta(minutes=15)
PAIR_FREE = 5
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
ADDRESS_WINDOW = timedelta(hours=1)
ADDRESS_MOST = 50
KEPT = timedelta(days=1)


async def enter(connection: Connection, account: bytes, address: bytes) -> None:
    """Count a try as failed before it is made, so that many at once cannot slip past; `forgive` takes it back.

    Runs in a transaction of its own. Raises `RateLimitedError` while the pair or the address has to wait.
    """
    at = clock.now()
    # One at a time for each address; the lock ends with the transaction.
    await connection.execute("SELECT pg_advisory_xact_lock($1)", int.from_bytes(address[:8], "big", signed=True))
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
        account, address, at - PAIR_WINDOW, at - ADDRESS_WINDOW,
    )  # fmt: skip
    if row["address"] >= ADDRESS_MOST:
        raise _wait(row["address_first"] + ADDRESS_WINDOW - at)
    if row["pair"] >= PAIR_FREE:
        free_at = row["pair_last"] + wait_after(row["pair"])
        if free_at > at:
            raise _wait(free_at - at)
    await connection.execute(
        "INSERT INTO sign_in_failures (account, address, at) VALUES ($1, $2, $3)", account, address, at
    )


def wait_after(failures: int) -> timedelta:
    """How long a pair waits after so many failures: a minute, then twice as long each time, to a quarter hour."""
    doublings: int = min(failures - PAIR_FREE, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


async def forgive(connection: Connection, account: bytes, address: bytes) -> None:
    """The password was right: forget what this pair did wrong."""
    await connection.execute("DELETE FROM sign_in_failures WHERE account = $1 AND address = $2", account, address)


async def purge(connection: Connection, before: datetime) -> None:
    """Delete failures older than `before`."""
    await connection.execute("DELETE FROM sign_in_failures WHERE at < $1", before)


def _wait(left: timedelta) -> RateLimitedError:
    seconds = max(1, ceil(left.total_seconds()))
    minutes = -(-seconds // 60)
    said = "a minute" if minutes == 1 else f"{minutes} minutes"
    return RateLimitedError(
        f"Too many tries from here. Wait {said}, then try again.", headers={"retry-after": str(seconds)}
    )
