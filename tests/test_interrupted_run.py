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


START_S = 180
END_S = 60


class Run:
    """A test run in a folder of its own that goes on until somebody ends it."""

    def __init__(self, folder: Path, *options: str, **environ: str) -> None:
        self.folder = folder
        (folder / "test_sample.py").write_text(SAMPLE)
        run = [sys.executable, "-m", "pytest", "-q", "-p", "conftest", *options, "test_sample.py"]
        environ = {**os.environ, "PYTHONPATH": str(ROOT), **environ}
        with (folder / "output").open("wb") as out:
            make = [sys.executable, "-c", MAKE, *run]
            self.make = subprocess.Popen(make, cwd=folder, env=environ, stdout=out, stderr=out)

    def wait_until_started(self) -> None:
        started = self.folder / "started"
        assert wait_for(lambda: started.exists() and started.stat().st_size > 0, START_S)
        self.pid, self.mark = int((self.folder / "pid").read_text()), started.read_text()

    def is_gone(self) -> bool:
        return wait_for(lambda: not list_processes(self.mark), END_S)


ENDINGS = [
    ("0", signal.SIGINT),
    ("0", signal.SIGKILL),
    ("1", signal.SIGINT),
    ("1", signal.SIGTERM),
    ("1", signal.SIGKILL),
]
MAKE_IS_KILLED = "make is killed"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[object, Run]]:
    """One for each ending. They start and end side by side, because most of it is waiting."""
    started: dict[object, Run] = {}
    try:
        for workers, how in ENDINGS:
            started[workers, how] = Run(tmp_path_factory.mktemp("run"), "-n", workers)
        started[MAKE_IS_KILLED] = Run(tmp_path_factory.mktemp("run"), "-n", "0", MAKELEVEL="1")
        for run in started.values():
            run.wait_until_started()
        before = {name: len(list_processes(run.mark)) for name, run in started.items()}
        assert min(before.values()) >= 3, before
        for ending, run in started.items():
            if isinstance(ending, tuple):
                os.kill(run.pid, ending[1])
            else:
                run.make.kill()
        yield started
    finally:
        for run in started.values():
            run.make.kill()
            run.make.wait()


@pytest.mark.parametrize(("workers", "how"), ENDINGS, ids=lambda value: getattr(value, "name", f"{value} workers"))
def test_a_run_that_is_ended_leaves_no_process(runs: dict[object, Run], workers: str, how: signal.Signals):
    run = runs[workers, how]
    assert run.is_gone(), list_processes(run.mark)


def test_a_killed_make_leaves_no_process(runs: dict[object, Run]):
    run = runs[MAKE_IS_KILLED]
    assert run.is_gone(), list_processes(run.mark)
