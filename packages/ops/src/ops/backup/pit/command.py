"""Runs `ops backup base`, `ops backup wal …`, and the ways of restore and drill that name a time."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

from house import postgres
from ops.backup.faults import Busy, Trouble, Unreachable, Unusable
from ops.backup.pit import crm, drilling, pushing, receiving, report, restoring, survey, taking, telling
from ops.backup.pit.papers import Segment
from ops.backup.pit.restoring import Arrived, Way
from ops.backup.screen import Screen
from ops.backup.session import at_hand, ended, now
from ops.backup.watched import watched


def base(*, incremental: bool | None, as_json: bool) -> int:
    screen = Screen(as_json=as_json)

    def work() -> int:
        found, store = at_hand("recipients", "signing")
        with postgres.borrowed(os.environ) as url:
            taken = taking.take(found, store, url, screen, incremental=incremental)
        screen.result(report.taken(taken), taken)
        return 0

    return watched(os.environ, "backup_base", screen, lambda: ended(screen, work))


def receive(*, once: bool) -> int:
    screen = Screen()

    def stored(segment: Segment) -> None:
        to = f", to {report.at(segment.last)}" if segment.last else ""
        screen.out.print(f"Stored {segment.name}{to}, {Screen.size(segment.archive.size)}.")

    def work() -> int:
        found, store = at_hand("recipients", "signing")
        with postgres.borrowed(os.environ) as url:
            if once:
                receiving.once(receiving.Receiver(found, store, url, screen, stored, threading.Event()))
                return 0
            receiving.forever(receiving.Receiver(found, store, url, screen, stored, _stop()))
            screen.note("Stopped. The server keeps what is not stored yet.")
            return 0

    return ended(screen, work)


def push(file: Path, name: str | None) -> int:
    screen = Screen()

    def work() -> int:
        found, store = at_hand("recipients", "signing")
        pushing.push(found, store, file, name or file.name)
        return 0

    return ended(screen, work)


def check(*, read: bool, as_json: bool) -> int:
    screen = Screen(as_json=as_json)

    def work() -> int:
        found, store = at_hand("trust")
        with screen.bar("Reading every file" if read else "Looking", None) as advance:
            made = survey.made(store, found.trusted, advance if read else None)
        screen.result(report.told(made, now()), report.document(made))
        return 0 if made.windows and not made.holes else 1

    return ended(screen, work)


def restore(
    to: str, into: Path | None, timeline: int | None, identity: Path | None, *, look: bool, as_json: bool
) -> int:
    screen = Screen(as_json=as_json)

    def work() -> int:
        found, store = at_hand("trust", "identity", identity=identity)
        folder = (into or Path(".data-at")).absolute()
        restoring.refuse_filled(folder)
        seen = survey.made(store, found.trusted)
        way = restoring.way(seen, restoring.moment(to), timeline)
        screen.note(telling.planned(way, folder))
        with restoring.carried_out(found, store, seen, way, folder=folder, screen=screen, look=look) as arrived:
            document = _document(way, arrived)
            if look:
                screen.result(telling.looking(way, arrived), {**document, "url": arrived.recovered.url})
                _stop().wait()
                screen.note(f"Stopped. Delete {folder} when you have seen enough.")
        if not look:
            screen.result(telling.restored(way, arrived), document)
        return 0

    return ended(screen, work)


def _document(way: Way, arrived: Arrived) -> dict[str, Any]:
    return {
        "to": way.to,
        "reached": arrived.recovered.reached,
        "timeline": way.reach.timeline,
        "bases": [each.name for each in way.chain],
        "segments": arrived.segments,
        "data_directory": str(arrived.folder),
        "phases": arrived.phases,
    }


def _stop() -> threading.Event:
    """Is set by Ctrl-C and by the host's SIGTERM, which end what runs for long as they should, with a status of 0."""
    stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())
    return stop


def drill(to: str, timeline: int | None, identity: Path | None, *, as_json: bool) -> int:
    screen = Screen(as_json=as_json)

    def work() -> int:
        found, store = at_hand("signing", "identity", identity=identity)
        seen = survey.made(store, found.trusted)
        way = restoring.way(seen, restoring.moment(to), timeline)
        try:
            proof, _ = drilling.drill(found, store, seen, way, screen=screen, clock=now)
        except Trouble as fault:
            if not isinstance(fault, Unusable | Busy | Unreachable):
                crm.told_of_failure(os.environ, way, now(), fault, screen)
            raise
        screen.result(telling.proven(proof), proof)
        crm.told(os.environ, found, store, screen)
        return 0

    return watched(os.environ, "point_in_time_drill", screen, lambda: ended(screen, work))
