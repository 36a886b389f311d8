"""Signs of life of recurring jobs, told to an outside watch that alarms when they stay away.

A run is told as it begins and with its exit status, 0 or 1, as far as the watch understands them: `heartbeat_urls`
makes the requests. A job never waits for the watch.
"""

from __future__ import annotations

import asyncio
from uuid import uuid4

from crm.config import Config
from crm.kernel import log
from crm.kernel.security import outbound
from house.heartbeat_urls import make_ping

AT_MOST = 100
"""Pings on their way at once; while a watch that hangs holds as many, further runs are not told."""
LAST_WAIT_S = 2.0
_log = log.get("pings")


class Pings:
    """Tells the watch of this process's runs; does nothing where no watch is named."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._going: set[asyncio.Task[None]] = set()
        self._silent = False

    def began(self, job: str) -> Telling | None:
        """A run begins; give what it returns to `ended`. Returns at once."""
        if not self._config.heartbeat_url or len(self._going) >= AT_MOST:
            return None
        telling = Telling(job, str(uuid4()))
        telling.last = self._start(telling, "start", b"")
        return telling

    def ended(self, telling: Telling | None, fault: str = "") -> None:
        """The run ended, well or with `fault`, which must hold nothing private. Returns at once."""
        if telling is not None:
            self._start(telling, "1" if fault else "0", fault.encode())

    async def aclose(self) -> None:
        """Let what is on its way arrive, but not for long."""
        if self._going:
            await asyncio.wait(self._going, timeout=LAST_WAIT_S)
        for task in self._going:
            task.cancel()

    def _start(self, telling: Telling, what: str, body: bytes) -> asyncio.Task[None]:
        task = asyncio.create_task(self._send(telling, what, body, telling.last))
        self._going.add(task)
        task.add_done_callback(self._going.discard)
        return task

    async def _send(self, telling: Telling, what: str, body: bytes, after: asyncio.Task[None] | None) -> None:
        if after is not None:
            # The watch takes the time between the two for the length of the run, so they go in order.
            await asyncio.wait({after})
        ping = make_ping(self._config.heartbeat_url, telling.job, what, telling.run)
        if ping is None:
            return
        headers = {"content-type": "text/plain", **ping.headers}
        try:
            answer = await outbound.send(self._config, "POST", ping.url, headers, body)
            fault = "" if answer.status < 300 else f"It answers {answer.status}."
        except outbound.NoAnswer as trouble:
            fault = trouble.reason
        # Once for each outage: a watch that is down for a night must not fill the log.
        if fault and not self._silent:
            _log.warning("watch_not_told", fault=fault)
        self._silent = bool(fault)


class Telling:
    """One run, as the watch tells runs apart."""

    def __init__(self, job: str, run: str) -> None:
        self.job = job
        self.run = run
        self.last: asyncio.Task[None] | None = None
