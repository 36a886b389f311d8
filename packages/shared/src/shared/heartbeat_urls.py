"""Where a job sends its heartbeat. HEARTBEAT_URL has one of three forms; `specs/monitoring.md` describes them.

One URL is that of a service in the manner of healthchecks.io. `job=URL` pairs are the heartbeats of an uptime provider,
as `ops uptime export heartbeats` prints them. A URL that ends with `/api/v1/endpoints` is that of Gatus.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

GATUS_PATH = "/api/v1/endpoints"
BETTERSTACK = ("betterstack.com", "betteruptime.com")


class Ping(NamedTuple):
    """One request, a POST. The authorization is empty where the URL is the secret."""

    url: str
    authorization: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": self.authorization} if self.authorization else {}


def list_urls(setting: str) -> list[str]:
    """Returns every URL of HEARTBEAT_URL."""
    return [part.partition("=")[2] if _is_pair(part) else part for part in setting.split()]


def make_ping(setting: str, job: str, event: str, run: str) -> Ping | None:
    """Returns the ping of a job: `event` is `start`, or the exit status. None where there is nothing to send.

    Only healthchecks.io understands the start of a run. UptimeRobot understands success alone: it alarms when that
    does not come.
    """
    parts = setting.split()
    if any(map(_is_pair, parts)):
        url = dict(part.split("=", 1) for part in parts if _is_pair(part)).get(job, "").rstrip("/")
        if not url or event == "start":
            return None
        if event == "0":
            return Ping(url)
        host = urlsplit(url).hostname or ""
        return Ping(f"{url}/{event}") if host.endswith(BETTERSTACK) else None
    base = setting.strip().rstrip("/")
    if not base or not base.endswith(GATUS_PATH):
        return Ping(f"{base}/{job}/{event}?rid={run}&create=1") if base else None
    if event == "start":
        return None
    parsed = urlsplit(base)
    host = parsed.netloc.rpartition("@")[2]
    outcome = "success=true" if event == "0" else f"success=false&error=exit+status+{event}"
    url = f"{parsed.scheme}://{host}{parsed.path}/jobs_{job.replace('_', '-')}/external?{outcome}"
    return Ping(url, f"Bearer {parsed.username or ''}")


def _is_pair(part: str) -> bool:
    return "=" in part.partition("://")[0]
