"""Fetches WAL from a server, wherever that runs, and stores it file by file.

What is not in the store yet stays on the server: an outage of the store, of the network or of ourselves loses nothing
that the server has room to keep.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import NamedTuple

from ops.backup import database
from ops.backup.faults import Trouble, Unreachable
from ops.backup.outgoing import last_words
from ops.backup.pit import deposit, origin, segments, slots
from ops.backup.pit.origin import Origin
from ops.backup.pit.papers import Segment
from ops.backup.programs import Programs
from ops.backup.screen import Screen
from ops.backup.settings import Settings
from ops.backup.store import Store

BUSY = "Another `ops backup wal receive` is at work on this server. Let it; nothing was changed."
STEP_S = 0.2
AHEAD = 8
"""Whole files that may wait on our own disk before the server is made to wait."""

PAUSES_S = (1, 2, 5, 10, 30, 60)


class Receiver(NamedTuple):
    """`told` hears of each file that was stored; `stop` is set by whoever wants it to end between two of them."""

    settings: Settings
    store: Store
    url: str
    screen: Screen
    told: Callable[[Segment], None]
    stop: Event


def forever(receiver: Receiver) -> None:
    """Until it is told to stop. What can be waited out is told once and waited out; the rest is raised."""
    failed = 0
    while not receiver.stop.is_set():

        def stored(segment: Segment) -> None:
            nonlocal failed
            failed = 0
            receiver.told(segment)

        try:
            _session(receiver._replace(told=stored), None)
        except Unreachable as fault:
            pause = PAUSES_S[min(failed, len(PAUSES_S) - 1)]
            receiver.screen.note(f"{fault} The server keeps what is not stored. Trying again in {pause} s.")
            failed += 1
            receiver.stop.wait(pause)


def once(receiver: Receiver) -> None:
    """Stores everything up to now, and ends: for hosts that call by the clock. Raises `Trouble`, `Busy`."""
    _session(receiver, lambda server: segments.position(server.asked("SELECT pg_switch_wal()::text")))


def _session(receiver: Receiver, until: Callable[[Origin], int] | None) -> None:
    with origin.held(receiver.url, origin.RECEIVER_LOCK, BUSY) as server:
        suite = origin.suite(server.postgres // 10_000)
        _begin(receiver.screen, server)
        end = until(server) if until else None
        with (
            tempfile.TemporaryDirectory(prefix="octatech-wal-") as spool,
            _reading(receiver, server, suite, spool) as (
                process,
                said,
            ),
        ):
            held_back = False
            while not receiver.stop.is_set() and (end is None or (slots.kept(server) or 0) < end):
                waiting = _whole(Path(spool))
                if (len(waiting) > AHEAD) != held_back:
                    held_back = not held_back
                    process.send_signal(signal.SIGSTOP if held_back else signal.SIGCONT)
                for file in waiting:
                    _store(receiver, server, suite, file)
                if waiting:
                    continue
                if process.poll() is not None:
                    raise origin.plainer(_told(said()))
                server.asked("SELECT 1")  # is it still there, and the lock ours?
                receiver.stop.wait(STEP_S)


def _begin(screen: Screen, server: Origin) -> None:
    if slots.kept(server) is None:
        slots.make(server)
        start = segments.written(slots.kept(server) or 0)
        screen.note(
            f"The server keeps its WAL for us from {start} on. What begins here needs a base: `ops backup base`."
        )
    if server.settings["max_slot_wal_keep_size"] == "-1":
        screen.note(
            "Should nobody receive for long, WAL would fill the server's disk. Set a limit that it can bear: "
            "ALTER SYSTEM SET max_slot_wal_keep_size = '2GB'; SELECT pg_reload_conf()."
        )
    if server.settings["archive_timeout"] == "0":
        screen.note(
            "archive_timeout is 0, so the last changes wait until a file of WAL is full. "
            "ALTER SYSTEM SET archive_timeout = '60s'; SELECT pg_reload_conf()."
        )


@contextmanager
def _reading(
    receiver: Receiver, server: Origin, suite: Programs, spool: str
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], str]]]:
    """pg_receivewal, writing into the spool; what it says can be asked for."""
    where = database.address(receiver.url)
    command = [suite.path("pg_receivewal"), f"--dbname={where.plain}", "--no-password", f"--directory={spool}"]
    command += [f"--slot={slots.lend(server)}", "--no-loop", "--no-sync"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command,
            env={**os.environ, **where.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        try:
            yield process, lambda: last_words(said)
        finally:
            process.kill()  # also where it is held back
            process.wait()
            with suppress(Trouble):
                slots.drop(server, slots.READING)


def _whole(spool: Path) -> list[Path]:
    """What PostgreSQL has finished, histories first: without them nobody knows where a timeline began."""
    files = [file for file in spool.iterdir() if segments.KNOWN.fullmatch(file.name) and file.suffix != ".partial"]
    return sorted(files, key=lambda file: (file.suffix != ".history", file.name))


def _store(receiver: Receiver, server: Origin, suite: Programs, file: Path) -> None:
    paper = deposit.put(receiver.settings, receiver.store, file, name=file.name, system=server.system, suite=suite)
    if segments.SEGMENT.fullmatch(file.name):
        slots.stored(server, (segments.number(file.name, server.segment_size) + 1) * server.segment_size)
    file.unlink()
    receiver.told(paper)


def _told(words: str) -> Trouble:
    kind = Unreachable if "connection" in words and "pg_hba" not in words else Trouble
    return kind(f"pg_receivewal ended: {words.rstrip('.')}.")
