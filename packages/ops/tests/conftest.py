from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import knot_dns as name_server
import pytest
from fake_production.system import FakeProduction, run_fake_production

from shared.embedded_postgres import locks

OPS = Path(sys.executable).parent / "ops"
TIMEOUT_S = 120


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for the name server bears its mark, so that it can be left out where there is none."""
    for item in items:
        if {"knot", "shared_fake_production"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("knot")


@pytest.fixture(autouse=True)
def no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines in a file are not broken, whatever the width of the terminal that the tests run in."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def knot() -> Iterator[name_server.KnotServer]:
    """A name server of the test's own, without zones. It starts within 20 ms."""
    with name_server.run_knot() as server:
        yield server


@pytest.fixture(scope="session")
def shared_fake_production() -> Iterator[FakeProduction]:
    """Production on this machine, started within three seconds."""
    with run_fake_production() as system:
        yield system


@pytest.fixture
def fake_production(shared_fake_production: FakeProduction) -> Iterator[FakeProduction]:
    """Every host of site.toml behind TLS, its names in knot, and the real service; restored after each test.

    `target` and `file` are for `ops verify`, `environ` holds the keys, `service` is the CRM with its `log`, and
    `edge.alter` may change any response on its way out.
    """
    yield shared_fake_production
    shared_fake_production.restore()


class Dev:
    """`ops dev` as a person starts it, in a data folder and on ports of its own."""

    def __init__(self, folder: Path, **given: str) -> None:
        self.folder = folder
        self.site_port, self.crm_port = free_ports()
        usual = {"SITE_PORT": self.site_port, "CRM_PORT": self.crm_port, "DATA_DIR": str(folder / "data"), "DEMO": "0"}
        inherited = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "MAKELEVEL", "COLUMNS")
        }
        self.environ = {**inherited, **usual, **given}
        self.log = folder / "dev.log"

    def start(self) -> None:
        with self.log.open("w") as out:
            self.process = subprocess.Popen([OPS, "dev"], env=self.environ, stdout=out, stderr=out)

    def wait_until_ready(self) -> bool:
        """Waits for the line that begins with Ready, or for the end."""
        ready = lambda: any(line.startswith("Ready in") for line in self.log.read_text().splitlines())  # noqa: E731
        assert locks.wait_for(lambda: ready() or self.process.poll() is not None, TIMEOUT_S)
        return ready()

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.process.wait(60)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of the same environment, to its end."""
        return subprocess.run(
            [OPS.parent / arguments[0], *arguments[1:]], env=self.environ, capture_output=True, text=True, check=False
        )

    def list_processes(self) -> dict[int, str]:
        """Processes that know our data folder, by their command line or their variables."""
        mark = os.fsencode(self.folder)
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or entry.name == str(os.getpid()):
                continue
            try:
                command, environ = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
            except OSError:
                continue
            if mark in command or mark in environ:
                found[int(entry.name)] = command.replace(b"\0", b" ").decode()
        return found

    def wait_until_gone(self) -> bool:
        return locks.wait_for(lambda: not self.list_processes(), 60)


def free_ports() -> list[str]:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return [str(each.getsockname()[1]) for each in (one, other)]


@pytest.fixture(scope="module")
def dev() -> Iterator[Dev]:
    """Not started. What a test leaves running is ended."""
    folder = Path(tempfile.mkdtemp(prefix="octatech-dev-"))
    folder.chmod(0o755)
    made = Dev(folder)
    yield made
    if hasattr(made, "process") and made.process.poll() is None:
        made.stop(signal.SIGTERM)
    assert made.wait_until_gone()
    shutil.rmtree(folder)
