"""An interrupted or killed test run leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from process_watchdog import list_processes

from shared.embedded_postgres.locks import wait_for

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = """
import os, subprocess, sys, threading
from pathlib import Path
from shared import embedded_postgres

def test_that_never_ends():
    with embedded_postgres.scratch():
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        subprocess.Popen(["/bin/sh", "-c", "sleep 600 & wait"], start_new_session=True, env={})
        Path("started").write_text(os.environ["OCTATECH_TEST_RUN"])
        threading.Event().wait()
"""
MAKE = """
import signal, subprocess, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore it
run = subprocess.Popen(sys.argv[1:])
Path("pid").write_text(str(run.pid))
run.wait()
"""


class Run:
    """A test run in a folder of its own that goes on until somebody ends it."""

    def __init__(self, folder: Path, *options: str, **environ: str) -> None:
        (folder / "test_sample.py").write_text(SAMPLE)
        run = [sys.executable, "-m", "pytest", "-q", "-p", "conftest", *options, "test_sample.py"]
        environ = {**os.environ, "PYTHONPATH": str(ROOT), **environ}
        with (folder / "output").open("wb") as out:
            make = [sys.executable, "-c", MAKE, *run]
            self.make = subprocess.Popen(make, cwd=folder, env=environ, stdout=out, stderr=out)
        assert wait_for(lambda: (folder / "started").exists() and (folder / "started").stat().st_size > 0, 60)
        self.pid, self.mark = int((folder / "pid").read_text()), (folder / "started").read_text()

    def is_gone(self) -> bool:
        return wait_for(lambda: not list_processes(self.mark), 30)


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        run.make.kill()
        run.make.wait()


@pytest.mark.parametrize(
    ("workers", "how"),
    [("0", signal.SIGINT), ("0", signal.SIGKILL), ("1", signal.SIGINT), ("1", signal.SIGTERM), ("1", signal.SIGKILL)],
    ids=lambda value: getattr(value, "name", f"{value} workers"),
)
def test_a_run_that_is_ended_leaves_no_process(tmp_path: Path, runs: list[Run], workers: str, how: signal.Signals):
    runs.append(run := Run(tmp_path, "-n", workers))
    assert len(list_processes(run.mark)) >= 3
    os.kill(run.pid, how)
    assert run.is_gone(), list_processes(run.mark)


def test_a_killed_make_leaves_no_process(tmp_path: Path, runs: list[Run]):
    runs.append(run := Run(tmp_path, "-n", "0", MAKELEVEL="1"))
    run.make.kill()
    assert run.is_gone(), list_processes(run.mark)
