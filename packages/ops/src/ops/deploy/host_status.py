"""Asks each host which commit it serves, and compares that with the commit it should serve."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import httpx
import msgspec

from ops.deploy.deployments import sanitize
from ops.deploy.targets import Host, Targets

TIMEOUT_S = 10
COMMIT = re.compile(r"[0-9a-f]{7,40}|")
META = re.compile(r"""<meta\s+name="commit"\s+content="([0-9a-f]*)">""")

State = Literal["serving", "current", "newer", "unchanged", "old", "silent", "unhealthy", "unreachable"]
GOOD = frozenset({"current", "newer", "unchanged"})


class HostStatus(msgspec.Struct, frozen=True):
    """`commit` is empty where the host names none; `problem` says what is wrong; `since` when the state began."""

    host: Host
    state: State
    commit: str = ""
    problem: str = ""
    since: float = 0.0

    @property
    def text(self) -> str:
        """What the host does, to be put after its name."""
        serves = f"serves {self.commit[:7]}"
        return {
            "newer": f"{serves}, which contains it",
            "unchanged": f"{serves}; nothing it is built from has changed since",
            "silent": "does not say which commit it serves",
            "unhealthy": self.problem,
            "unreachable": self.problem,
        }.get(self.state, serves)


def fetch_statuses(client: httpx.Client, hosts: Sequence[Host]) -> tuple[HostStatus, ...]:
    """Asks all hosts at once."""
    with ThreadPoolExecutor(len(hosts)) as pool:
        return tuple(pool.map(lambda host: _fetch(client, host), hosts))


def compare(status: HostStatus, targets: Targets, commit: str) -> HostStatus:
    """Returns the status of a serving host beside `commit`: current, newer, unchanged or old."""
    if status.state != "serving":
        return status
    state: State = "old"
    if status.commit == commit:
        state = "current"
    elif targets.commits.contains(status.commit, commit):
        state = "newer"
    elif targets.is_current(status.host.name, status.commit, commit):
        state = "unchanged"
    return msgspec.structs.replace(status, state=state)


def _fetch(client: httpx.Client, host: Host) -> HostStatus:
    try:
        response = client.get(host.url, headers={"cache-control": "no-cache"})
        commit = _read_commit(host, response)
    except httpx.HTTPError as error:
        return HostStatus(host, "unreachable", problem=f"does not answer ({type(error).__name__})")
    except ValueError:
        return HostStatus(host, "unhealthy", problem="answers something else than it should")
    if host.reads == "health" and response.status_code == 503:
        return HostStatus(host, "unhealthy", commit, f"is unhealthy ({_read_reason(response)})")
    if response.status_code != 200:
        return HostStatus(host, "unhealthy", problem=f"answers {response.status_code}")
    return HostStatus(host, "serving" if commit else "silent", commit)


def _read_commit(host: Host, response: httpx.Response) -> str:
    """Raises `ValueError` where the answer has another form."""
    if response.status_code not in (200, 503):
        return ""
    if host.reads == "page":
        found = META.search(response.text)
        return found[1] if found else ""
    document = response.json()
    commit = document.get("commit", "") if isinstance(document, dict) else None
    if not (isinstance(commit, str) and COMMIT.fullmatch(commit)):
        raise ValueError("this is no commit")
    return commit


def _read_reason(response: httpx.Response) -> str:
    health: dict[str, Any] = response.json()
    parts = [f"{name} {part['state']}" for name, part in health.items() if isinstance(part, dict) and "state" in part]
    bad = [part for part in parts if not part.endswith((" ok", " late", " ahead"))]
    return sanitize(", ".join(bad), 200) or "no reason given"
