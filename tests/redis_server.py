"""Redis, a real one on a loopback port of its own, which may be killed, frozen and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import running_system

from shared.embedded_postgres import locks

TIMEOUT_S = 60


class Redis:
    """It keeps nothing on disk, as a cache does: whoever starts it again finds it empty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = running_system.find_free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Returns when it takes connections."""
        command = [find_program(), "--bind", "127.0.0.1", "--port", str(self._port), "--save", "", "--appendonly", "no"]
        with (self._folder / "redis.log").open("ab") as said:
            self._process = subprocess.Popen([*command, "--dir", str(self._folder)], stdout=said, stderr=said)
        assert locks.wait_for(self._answers, TIMEOUT_S), (self._folder / "redis.log").read_text()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections and never answers, for the length of the block."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def _answers(self) -> bool:
        with socket.socket() as client:
            client.settimeout(1)
            if client.connect_ex(("127.0.0.1", self._port)):
                return False
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")


def find_program() -> str:
    """As `REDIS_SERVER` names it or from the path; `scripts/test` installs it, or says that its tests are not run."""
    found = shutil.which(os.environ.get("REDIS_SERVER") or "redis-server")
    assert found, "No redis-server found. Install the package `redis-server`, or name the program in REDIS_SERVER."
    return found
