"""Signs of life of backups and drills for an outside watch, which alarms when they stay away or fail.

As the CRM does for its own jobs: as one begins, and with its exit status as it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from threading import Thread
from uuid import uuid4

from crm.config import Config, load
from crm.kernel.security import outbound
from house.heartbeat_urls import make_ping
from ops.backup.screen import Screen


def watched(environ: Mapping[str, str], job: str, screen: Screen, work: Callable[[], int]) -> int:
    """The exit status of `work`, which the watch at HEARTBEAT_URL is told as `job`. The watch is never waited for long
    and never changes the outcome."""
    url = environ.get("HEARTBEAT_URL", "").strip()
    if not url:
        return work()
    config, run = _rules(environ), uuid4()

    def tell(what: str) -> str:
        ping = make_ping(url, job, what, str(run))
        if ping is None:
            return ""
        headers = {"user-agent": "ops-backup", **ping.headers}
        try:
            answer = asyncio.run(outbound.send(config, "POST", ping.url, headers, b""))
        except outbound.NoAnswer as fault:
            return fault.reason
        return "" if answer.status < 300 else f"It answers {answer.status}."

    # Beside the work, which must not wait for it.
    start = Thread(target=tell, args=("start",), daemon=True)
    start.start()
    status = work()
    start.join(outbound.TIMEOUT_S)
    if fault := tell(str(status)):
        screen.note(f"The watch at HEARTBEAT_URL was not told: {fault}")
    return status


def _rules(environ: Mapping[str, str]) -> Config:
    # The way out reads one rule of the CRM's configuration, which is made whole or not at all: no database is opened.
    rules = {"WEBHOOKS_ALLOW_LOOPBACK": environ.get("WEBHOOKS_ALLOW_LOOPBACK", "0"), "COMMIT_SHA": "none"}
    return load(rules, database_url="postgresql://nobody@localhost/none")
