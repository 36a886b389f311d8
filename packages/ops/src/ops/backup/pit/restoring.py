"""From a moment to a database as it was then: choose the way, fetch, combine, replay."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from house import postgres
from ops.backup import incoming
from ops.backup.faults import Missing, Trouble, Unusable
from ops.backup.pit import bases, origin, rebuilding, recovering, report, windows
from ops.backup.pit.papers import Base
from ops.backup.pit.recovering import Recovered
from ops.backup.pit.survey import Survey
from ops.backup.pit.windows import Reach
from ops.backup.screen import Screen
from ops.backup.settings import Settings
from ops.backup.store import Store

LATEST = "latest"


class Way(NamedTuple):
    """`to` is None for the newest end there is; `chain` are the full base and its incrementals."""

    to: datetime | None
    reach: Reach
    chain: tuple[Base, ...]


class Arrived(NamedTuple):
    """`folder` is the data directory; `phases` are seconds."""

    recovered: Recovered
    folder: Path
    segments: int
    phases: dict[str, float]


def moment(text: str) -> datetime | None:
    """A point in time that names its zone, or `latest`. Raises `Unusable`."""
    if text == LATEST:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Unusable(f"--to {text!r} is no time. Give one such as 2026-03-01T12:00:00Z, or {LATEST}.") from None
    if found.tzinfo is None:
        raise Unusable(f"--to {text!r} names no zone. Say 2026-03-01T12:00:00Z for UTC, or …+02:00.")
    return found.astimezone(UTC)


def way(survey: Survey, to: datetime | None, timeline: int | None = None) -> Way:
    """Raises `Missing` with the windows where the moment cannot be reached."""
    reach = windows.choose(survey.reaches, to, timeline)
    if reach is None:
        wanted = f"{report.at(to)} cannot be reached" if to else "Nothing can be reached"
        raise Missing("\n".join([f"{wanted}.", *report.reachable(survey)]))
    return Way(to, reach, tuple(bases.chain(survey.found, reach.base)))


def refuse_filled(folder: Path) -> None:
    """Raises `Trouble` where there is anything in the folder."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Trouble(f"{folder} is not empty. Name a new folder with --into. Nothing was changed.")


@contextmanager
def carried_out(
    settings: Settings, store: Store, survey: Survey, way: Way, *, folder: Path, screen: Screen, look: bool
) -> Iterator[Arrived]:
    """The database as it was, answering on a socket in `folder` for the length of the block.

    With `look` it is paused and takes no changes; else it is promoted and a database of its own.
    Raises `Trouble`, `Damaged`, `Missing`, `Unreachable`.
    """
    suite = origin.suite(way.reach.base.major)
    for base in way.chain:
        incoming.opener(base.archive, settings.identities)
    place = postgres.embedded(folder).place
    spool, phases, began = place.home / "wal", {}, time.monotonic()
    wal = survey.wal[way.reach.base.system]
    try:
        with screen.bar("Fetching WAL", None) as advance:
            segments = rebuilding.spool(settings, store, wal, reach=way.reach, to=way.to, folder=spool, advance=advance)
        phases["wal"] = _since(began)
        with screen.bar("Fetching bases", sum(base.archive.size for base in way.chain)) as advance:
            rebuilding.directory(settings, store, way.chain, suite=suite, into=place.cluster, advance=advance)
        phases["base"] = _since(began) - phases["wal"]
    except BaseException:
        for made in (place.home, place.sockets):
            shutil.rmtree(made, ignore_errors=True)
        raise
    recovering.quiet(place.cluster)
    recovering.aim(place.cluster, spool, way.reach, way.to, look=look)
    recovering.own(place.account, place.cluster, spool)
    with screen.bar("Replaying", None), recovering.running(folder, way.reach, look=look) as recovered:
        phases["replay"] = _since(began) - phases["wal"] - phases["base"]
        if not look:
            recovering.arrived(place.cluster)
            shutil.rmtree(spool)
        yield Arrived(recovered, place.cluster, segments, {name: round(each, 3) for name, each in phases.items()})


def _since(began: float) -> float:
    return time.monotonic() - began
