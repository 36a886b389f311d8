"""Work for later: enqueued in the caller's transaction, done by the worker at least once.

The engine is PgQueuer. A job is a name and a JSON payload; the functions behind the names are listed in
`crm/timetable.py`. Every job is safe to run twice: a worker that dies between doing and recording is
followed by one that does it again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from crm.kernel import clock
from crm.kernel.db import Connection

if TYPE_CHECKING:
    from crm.kernel.house import House

Job = Callable[["House", dict[str, Any]], Awaitable[None]]
"""Takes the house (database, configuration, seal) and the payload given to `enqueue`."""

# The insert of PgQueuer's own `enqueue`, said directly: its client object costs more than the statement.
_INSERT = """
INSERT INTO pgqueuer (priority, entrypoint, payload, execute_after, status)
SELECT 0, $1, payload, $3, 'queued'
FROM unnest($2::bytea[]) AS payload
"""


async def enqueue(connection: Connection, name: str, *payloads: dict[str, Any], at: datetime | None = None) -> None:
    """Ask for `name` once for each payload, not before `at` (default: now). It exists once the transaction commits."""
    if payloads:
        encoded = [msgspec.json.encode(payload) for payload in payloads]
        await connection.execute(_INSERT, name, encoded, at or clock.now())
