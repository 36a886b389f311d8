"""The dead man's switch: an outside address is called while verdicts are recorded, and alarms when the calls stop."""

from __future__ import annotations

from crm.config import Config, load
from crm.kernel.security import outbound

EVERY_MS = 60_000
FRESH_MS = 60_000


class Heartbeat:
    """`url` is such as healthchecks.io hands out. It is called by the CRM's one way out: public addresses only."""

    def __init__(self, url: str, *, loopback: bool = False) -> None:
        self._url = url
        self._config = _rules(loopback=loopback)

    def fault(self) -> str:
        """What is wrong with the address, as a sentence; empty when it may be called."""
        return outbound.check_url(self._config, self._url)

    async def beat(self) -> str:
        """Call once; gives what went wrong, or nothing. The path of the address is a secret and is not told."""
        try:
            answer = await outbound.send(self._config, "GET", self._url, {"user-agent": "ops-uptime"}, b"")
        except outbound.NoAnswer as fault:
            return fault.reason
        return "" if 200 <= answer.status < 300 else f"It answers {answer.status}."


def _rules(*, loopback: bool) -> Config:
    # The way out reads one rule of the CRM's configuration, which is made whole or not at all: no database is opened.
    environ = {"WEBHOOKS_ALLOW_LOOPBACK": "1" if loopback else "0", "COMMIT_SHA": "none"}
    return load(environ, database_url="postgresql://nobody@localhost/none")
