"""Health checks, which answer within a second whatever the database does.

`live` reports that the process answers; `health` checks the database, whether it accepts changes, the schema and the
worker. A missing commit or a silent worker is not unhealthy, since a deployment must not be rolled back for either.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from starlette.responses import Response

from crm.kernel import clock, db, log, schema
from crm.kernel.app_context import AppContext
from crm.kernel.db import Database
from crm.kernel.http import responses
from crm.kernel.http.request import Request
from crm.monitoring import heartbeat

TIMEOUT_S = 0.8
WRITE_EVERY = timedelta(seconds=5)
"""How often to test whether the database accepts changes. Anybody may ask, and each test is a change."""
_NO_STORE = {"cache-control": "no-store"}
_log = log.get("health")


class Check(msgspec.Struct, frozen=True, omit_defaults=True):
    state: Literal["ok", "late", "behind", "ahead", "unreachable", "read_only"]
    detail: str = ""


class Health(msgspec.Struct, frozen=True):
    status: Literal["ok", "unhealthy"]
    version: str
    commit: str
    database: Check
    migrations: Check
    worker: Check


class Live(msgspec.Struct, frozen=True):
    status: Literal["ok"]
    version: str
    commit: str


_UNKNOWN = Check("unreachable")
_MIGRATIONS = {
    "current": Check("ok"),
    "ahead": Check("ahead", "A newer release has migrated; this one still runs."),
    "behind": Check("behind", "Run `crm migrate`."),
}


class Prober:
    """Asks the database over connections of its own, with one query at a time."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._config = context.config
        self._db = Database(context.config.database_url, 2, name="crm-health")
        self._query: asyncio.Task[tuple[str, datetime | None]] | None = None
        self._written_at: datetime | None = None

    async def look(self) -> Health:
        if self._query is None or self._query.done():
            self._query = asyncio.create_task(self._ask())
            # Nobody may be waiting any more when it fails.
            self._query.add_done_callback(lambda task: task.cancelled() or task.exception())
        # Another request may start a new query before this one wakes up.
        query = self._query
        done, _ = await asyncio.wait({query}, timeout=TIMEOUT_S)
        try:
            if not done:
                return self._report(Check("unreachable", "No answer in time."))
            revision, seen = query.result()
        except db.UNREACHABLE as error:
            _log.warning("database_unreachable", error=type(error).__name__)
            return self._report(Check("unreachable", "It cannot be reached."))
        except db.TEMPORARY as error:
            _log.warning("database_not_writable", error=type(error).__name__)
            return self._report(Check("read_only", f"It accepts no changes: {type(error).__name__}."))
        late = seen is None or clock.now() - seen > heartbeat.LATE
        worker = Check("late", "No sign of life from a worker.") if late else Check("ok")
        return self._report(Check("ok"), _MIGRATIONS[schema.standing(revision)], worker)

    async def close(self) -> None:
        if self._query is not None:
            self._query.cancel()
        await self._db.close()

    async def _ask(self) -> tuple[str, datetime | None]:
        async with self._db.connection() as connection:
            revision = await schema.revision(connection)
            if schema.standing(revision) == "behind":
                return revision, await heartbeat.last_seen(connection, "worker") if revision else None
            now = clock.now()
            if self._written_at is None or now - self._written_at >= WRITE_EVERY:
                await heartbeat.beat(connection, self._context, "web")
                self._written_at = now
            return revision, await heartbeat.last_seen(connection, "worker")

    def _report(self, database: Check, migrations: Check = _UNKNOWN, worker: Check = _UNKNOWN) -> Health:
        status: Literal["ok", "unhealthy"] = "ok" if migrations.state in ("ok", "ahead") else "unhealthy"
        return Health(status, self._config.version, self._config.commit, database, migrations, worker)


async def health(request: Request) -> Response:
    """200 if requests can be served, 503 if not, with the state of each part."""
    report = await request.app.state.prober.look()
    return responses.json(report, 200 if report.status == "ok" else 503, _NO_STORE)


async def live(request: Request) -> Response:
    """200 as long as the process answers."""
    config = request.app_context.config
    return responses.json(Live("ok", config.version, config.commit), headers=_NO_STORE)
