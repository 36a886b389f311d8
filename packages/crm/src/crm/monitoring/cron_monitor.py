"""Reports runs of recurring jobs to an outside monitor, which alerts if they stop.

A run is reported when it begins and with its exit status, 0 or 1, as far as the monitor understands them:
`heartbeat_urls` makes the requests. A job never waits for the monitor.
"""

from __future__ import annotations

import asyncio
from uuid import uuid4

import msgspec

from crm.config import Config
from crm.kernel import log
from crm.kernel.security import outbound
from shared.heartbeat_urls import make_ping

MAX_PENDING = 100
"""A monitor that hangs holds this many pings; further runs are not reported."""
LAST_WAIT_S = 2.0
_log = log.get("cron_monitor")


class MonitoredRun(msgspec.Struct):
    """One run. `last` is its ping on the way; the next one waits for it, since their distance is the run's duration."""

    job: str
    id: str
    last: asyncio.Task[None] | None = None


class CronMonitor:
    """Sends the pings of this process. Without HEARTBEAT_URL it does nothing."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._pending: set[asyncio.Task[None]] = set()
        self._is_failing = False

    def report_start(self, job: str) -> MonitoredRun | None:
        """Report that a run begins. Pass the result to `report_end`. Returns at once."""
        if not self._config.heartbeat_url or len(self._pending) >= MAX_PENDING:
            return None
        run = MonitoredRun(job, str(uuid4()))
        run.last = self._start(run, "start")
        return run

    def report_end(self, run: MonitoredRun | None, error: str = "") -> None:
        """Report that the run ended, with `error` if it failed, which must hold nothing private. Returns at once."""
        if run is not None:
            self._start(run, "1" if error else "0", error.encode())

    async def aclose(self) -> None:
        """Give pings on the way a short time to arrive."""
        if self._pending:
            await asyncio.wait(self._pending, timeout=LAST_WAIT_S)
        for task in self._pending:
            task.cancel()

    def _start(self, run: MonitoredRun, event: str, body: bytes = b"") -> asyncio.Task[None]:
        task = asyncio.create_task(self._send(run, event, body, run.last))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
        return task

    async def _send(self, run: MonitoredRun, event: str, body: bytes, previous: asyncio.Task[None] | None) -> None:
        if previous is not None:
            await asyncio.wait({previous})
        ping = make_ping(self._config.heartbeat_url, run.job, event, run.id)
        if ping is None:
            return
        headers = {"content-type": "text/plain", **ping.headers}
        try:
            response = await outbound.send(self._config, "POST", ping.url, headers, body)
            error = "" if response.status < 300 else f"It answers {response.status}."
        except outbound.OutboundError as raised:
            error = raised.reason
        # One line for each outage: a monitor that is down for a night must not fill the log.
        if error and not self._is_failing:
            _log.warning("cron_monitor_unreachable", error=error)
        self._is_failing = bool(error)
