"""Is the service well? Told within a second whatever the database does.

`live` says the process answers; `health` looks at the database, the schema and the worker. A missing commit
or a silent worker never turns it red: a deploy must not be undone for them.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import msgspec
from starlette.responses import Response

from crm.kernel import clock, db, heartbeat, log, schema
from crm.kernel.db import Database
from crm.kernel.house import House
from crm.kernel.http import responses
from crm.kernel.http.request import Request

PATIENCE_S = 0.8
_log = log.get("health")


class Check(msgspec.Struct, frozen=True, omit_defaults=True):
    state: Literal["ok", "late", "behind", "ahead", "unreachable"]
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


class Prober:
    """Asks the database over a connection of its own, one question at a time, and never waits long for it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._db = Database(house.config.database_url, 2, name="crm-health")
        self._asking: asyncio.Task[tuple[str, Any]] | None = None

    async def look(self) -> Health:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        # By the time we are woken, somebody else may have asked anew.
        asking = self._asking
        done, _ = await asyncio.wait({asking}, timeout=PATIENCE_S)
        if not done:
            return self._unreachable("No answer in time.")
        try:
            revision, seen = asking.result()
        except db.UNREACHABLE as fault:
            _log.warning("database_unreachable", fault=type(fault).__name__)
            return self._unreachable("It cannot be reached.")
        standing = schema.standing(revision)
        migrations = {
            "current": Check("ok"),
            "ahead": Check("ahead", "A newer release has migrated; this one still runs."),
            "behind": Check("behind", "Run `crm migrate`."),
        }[standing]
        late = seen is None or clock.now() - seen > heartbeat.LATE
        worker = Check("late", "No sign of life from a worker.") if late else Check("ok")
        healthy = standing != "behind"
        return self._told(healthy=healthy, database=Check("ok"), migrations=migrations, worker=worker)

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
        await self._db.close()

    async def _ask(self) -> tuple[str, Any]:
        async with self._db.connection() as connection:
            revision = await schema.revision(connection)
            seen = await heartbeat.last_seen(connection, "worker") if revision else None
            return revision, seen

    def _unreachable(self, why: str) -> Health:
        unknown = Check("unreachable")
        return self._told(healthy=False, database=Check("unreachable", why), migrations=unknown, worker=unknown)

    def _told(self, *, healthy: bool, database: Check, migrations: Check, worker: Check) -> Health:
        config = self._house.config
        status: Literal["ok", "unhealthy"] = "ok" if healthy else "unhealthy"
        return Health(status, config.version, config.commit, database, migrations, worker)


async def health(request: Request) -> Response:
    """200 when requests can be served, 503 when not, with the state of each part."""
    told = await request.app.state.prober.look()
    return responses.json(told, 200 if told.status == "ok" else 503, {"cache-control": "no-store"})


async def live(request: Request) -> Response:
    """200 for as long as the process answers at all."""
    config = request.house.config
    return responses.json(Live("ok", config.version, config.commit), headers={"cache-control": "no-store"})
