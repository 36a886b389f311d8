"""The server process of a cluster: launched, asked how it is, told to stop.

Its own processes hold `server.lock`, so whether it lives is known and never guessed from a process number.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from shared.embedded_postgres import locks, postgres_watchdog
from shared.embedded_postgres.errors import CannotStartError
from shared.embedded_postgres.os_user import under
from shared.embedded_postgres.paths import Place

TIMEOUT_S = 60.0
"""How long a start may take; recovery after a crash is part of it."""

STOP_S = 20.0


class Server:
    def __init__(self, place: Place) -> None:
        self.place = place
        self.lock = place.home / "server.lock"

    @property
    def alive(self) -> bool:
        """Is any process of it left, be it starting, serving or stopping?"""
        return locks.is_locked(self.lock)

    @property
    def answers(self) -> bool:
        return self.alive and self._status() == "ready" and self._listens()

    def launch(self, users_lock: Path, settings: Mapping[str, str]) -> None:
        """Starts it under its guard and waits until it answers. Raises `CannotStartError`."""
        lock = locks.open_lock(self.lock)
        try:
            if not locks.wait_for(lambda: locks.try_lock(lock, shared=False), TIMEOUT_S):
                raise CannotStartError(f"PostgreSQL in {self.place.home} runs but does not answer. {self.last_words()}")
            self._clear_stale()
            watched = [postgres_watchdog.__file__, str(users_lock), str(lock)]
            with self.place.log.open("ab") as log:
                subprocess.run(
                    [sys.executable, "-I", "-S", *watched, *under(self.place.account), *self._command(settings)],
                    pass_fds=[lock],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    check=True,
                )
        finally:
            os.close(lock)
        locks.wait_for(lambda: self.answers or not self.alive, TIMEOUT_S)
        if not self.answers:
            raise CannotStartError(f"PostgreSQL does not start in {self.place.home}. {self.last_words()}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Tells it to stop and waits until every process of it is gone. Raises `CannotStartError` when it stays."""
        if self.alive and (pid := self._pid()):
            with suppress(ProcessLookupError):
                os.kill(pid, how)
        if not locks.wait_for(lambda: not self.alive, STOP_S):
            raise CannotStartError(f"PostgreSQL in {self.place.home} does not stop. {self.last_words()}")

    def last_words(self) -> str:
        """The most telling of the last lines of its log, as a sentence."""
        said = (
            self.place.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.place.log.exists() else []
        )
        telling = [line for line in said[-20:] if re.search("FATAL|PANIC|ERROR|error", line)] or said[-1:]
        return f"It said: {telling[0].strip()} (more in {self.place.log})" if telling else ""

    def _command(self, settings: Mapping[str, str]) -> list[str]:
        all_settings = {**settings, "unix_socket_directories": str(self.place.sockets)}
        options = [word for name, value in all_settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self.place.programs / "postgres"), "-D", str(self.place.cluster), *options]

    def _clear_stale(self) -> None:
        """Removes the note of a server that was killed: its number may belong to another program by now."""
        pid = self._pid()
        if pid is None or not Path("/proc/self").exists():  # without /proc the server's own, weaker check must do
            return
        with suppress(FileNotFoundError, PermissionError):
            if Path(f"/proc/{pid}/cwd").readlink() == self.place.cluster.resolve():
                raise CannotStartError(
                    f"Process {pid} already serves {self.place.cluster}, and was not started from here. Stop it."
                )
        self._note_path.unlink(missing_ok=True)

    @property
    def _note_path(self) -> Path:
        return self.place.cluster / "postmaster.pid"

    def _note(self) -> list[str]:
        try:
            return self._note_path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _pid(self) -> int | None:
        note = self._note()
        return int(note[0]) if note and note[0].isdigit() else None

    def _status(self) -> str:
        note = self._note()
        return note[7].strip() if len(note) > 7 else ""

    def _listens(self) -> bool:
        """A killed server leaves its note behind for a moment, but nobody takes the connection."""
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self.place.socket)) == 0
