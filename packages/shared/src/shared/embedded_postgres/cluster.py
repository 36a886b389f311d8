"""One embedded PostgreSQL: made, started or found running, and stopped when its last user is gone.

`users.lock` is shared by everybody who uses the server, and `start.lock` is held by whoever makes or starts it, so two
starters at once give one server, and a cluster survives `kill -9` of anything.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from shared.embedded_postgres import locks
from shared.embedded_postgres.errors import CannotStartError
from shared.embedded_postgres.os_user import run
from shared.embedded_postgres.paths import Place
from shared.embedded_postgres.server import STOP_S, TIMEOUT_S, Server
from shared.embedded_postgres.settings import BUILTIN_LOCALE, DATABASE, INITDB, LAPTOP, PORT


class Cluster:
    """The server of one data folder. Use it as a context manager, or call `start` and `stop`.

    Several programs may use it at once; the one that stops last stops the server, and a killed program counts as gone.
    """

    def __init__(self, place: Place, settings: Mapping[str, str]) -> None:
        self.place = place
        self.settings = {**LAPTOP, **settings}
        self._server = Server(place)
        self._users_lock = place.home / "users.lock"
        self._use: int | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def programs(self) -> Path:
        """Folder of psql, pg_dump, pg_restore, pg_basebackup and the rest."""
        return self.place.programs

    @property
    def running(self) -> bool:
        """Does the server take connections now?"""
        return self._server.answers

    @property
    def last_words(self) -> str:
        """Why it stopped, as its log has it: one sentence, or nothing."""
        return self._server.last_words()

    def dsn(self, database: str = DATABASE) -> str:
        """Address for asyncpg, psycopg and every program of PostgreSQL."""
        return f"postgresql://postgres@/{database}?host={self.place.sockets}&port={PORT}"

    def start(self) -> None:
        """Makes the cluster when there is none, starts the server when it does not run, and returns when it answers.

        Raises `CannotStartError`.
        """
        try:
            self._take_part()
            with locks.hold_lock(self.place.home / "start.lock", TIMEOUT_S) as alone:
                if not alone:
                    raise CannotStartError(f"Another program has been starting {self.place.home} for too long. End it.")
                if not self.place.cluster.exists():
                    self._make()
                if not self._server.answers:
                    self._server.launch(self._users_lock, self.settings)
        except BaseException as error:
            self._leave()
            if isinstance(error, OSError):
                raise CannotStartError(
                    f"{error.filename or self.place.home} cannot be used: {error.strerror}."
                ) from error
            raise

    def stop(self) -> None:
        """Stops using the server. Where nobody else uses it, it is shut down cleanly before this returns."""
        if self._use is None:
            return
        try:
            if locks.try_lock(self._use, shared=False):
                self._server.stop()
            else:  # either others use it, or the guard was first and is stopping it
                locks.wait_for(lambda: not self._server.alive or not locks.is_locked(self._users_lock), STOP_S)
        finally:
            self._leave()

    def halt(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stops the server under everybody's feet: SIGINT cleanly, SIGQUIT at once, SIGKILL as a crash would."""
        self._server.stop(how)

    def create_database(self, name: str, template: str | None = None) -> None:
        """Makes a database, empty or as a copy. Raises `CannotStartError` with the server's reason."""
        copy = f" TEMPLATE {_identifier(template)} STRATEGY file_copy" if template else ""
        self._command(f"CREATE DATABASE {_identifier(name)}{copy}")

    def drop_database(self, name: str) -> None:
        """Removes a database, where there is one, and ends the connections to it."""
        self._command(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE)")

    def _command(self, sql: str) -> None:
        psql = [
            str(self.programs / "psql"),
            "--no-psqlrc",
            "--quiet",
            f"--dbname={self.dsn('postgres')}",
            f"--command={sql}",
        ]
        done = run(psql, None)
        if done.returncode:
            raise CannotStartError(done.stderr.strip().splitlines()[0])

    def _take_part(self) -> None:
        if self._use is not None:
            return
        use = locks.open_lock(self._users_lock)
        if not locks.wait_for(lambda: locks.try_lock(use, shared=True), TIMEOUT_S):
            os.close(use)
            raise CannotStartError(
                f"PostgreSQL in {self.place.home} has been stopping for too long. {self._server.last_words()}"
            )
        self._use = use

    def _leave(self) -> None:
        if self._use is not None:
            os.close(self._use)
            self._use = None

    def _make(self) -> None:
        """Under another name first, so that a half-made cluster is never taken for a whole one."""
        half = self.place.home / "half-made"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        if self.place.account:
            self.place.account.own(half)
        fsync = self.settings.get("fsync", "on")
        version = re.search(r"\d+", run([str(self.programs / "initdb"), "--version"], None).stdout)
        locale = BUILTIN_LOCALE if version and int(version[0]) >= 17 else ()
        initdb = ["initdb", *INITDB, *locale, f"--pgdata={half}", *(["--no-sync"] if fsync == "off" else [])]
        single = ["postgres", "--single", "-D", str(half), "-c", f"fsync={fsync}", "template1"]
        for command, stdin in ((initdb, ""), (single, f"CREATE DATABASE {DATABASE};\n")):
            done = run([str(self.programs / command[0]), *command[1:]], self.place.account, stdin)
            if done.returncode:
                said = (done.stderr.strip() or done.stdout.strip() or "it says nothing").splitlines()
                raise CannotStartError(f"PostgreSQL cannot make a cluster in {self.place.home}: {said[-1]}")
        half.rename(self.place.cluster)


def _identifier(name: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
        raise ValueError(f"{name!r} is no database name: use lower-case letters, digits and underscores.")
    return f'"{name}"'
