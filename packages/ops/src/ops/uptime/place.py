"""Where a prober keeps its things, and what it was told by the environment."""

from __future__ import annotations

import enum
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from house.postgres import locks
from house.site import Site
from ops.uptime import targets
from ops.uptime.faults import Trouble
from ops.uptime.targets import Target

LOCK = "prober.lock"


class Watch(enum.StrEnum):
    """Which house is watched. Each has a folder of its own, so that a trial spoils no account."""

    PRODUCTION = "production"
    LOCAL = "local"


class Busy(Trouble):
    """Another prober writes here; the message says where."""


def folder(environ: Mapping[str, str], watch: Watch, named: Path | None) -> Path:
    """The folder as named on the command line, else `uptime/<watch>` of DATA_DIR."""
    return named or Path(environ.get("DATA_DIR") or ".data") / "uptime" / watch.value


def watched(environ: Mapping[str, str], watch: Watch, site: Site, commit: str = "") -> list[Target]:
    """What is watched in that house."""
    return targets.local(environ, commit) if watch is Watch.LOCAL else targets.production(site, commit)


def channels(environ: Mapping[str, str]) -> list[str]:
    """The Apprise addresses that alerts go to."""
    return environ.get("UPTIME_ALERT_URLS", "").split()


def ping(environ: Mapping[str, str]) -> str:
    """The address of the outside heartbeat, or nothing."""
    return environ.get("UPTIME_PING_URL", "").strip()


@contextmanager
def alone(here: Path) -> Iterator[None]:
    """Be the only prober of a folder. The kernel lets go of the lock however we end. Raises `Busy`."""
    here.mkdir(parents=True, exist_ok=True)
    descriptor = locks.opened(here / LOCK)
    try:
        if not locks.tried(descriptor, shared=False):
            raise Busy(f"Another prober writes to {here}. Stop it first, or name another folder with --folder.")
        yield
    finally:
        os.close(descriptor)
