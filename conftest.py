"""What every test run has: no process outlives it, not even after Ctrl-C or kill -9.

All processes of a run carry a mark in their environment. A watchdog, which is no part of the run, ends them with it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

MARK = "OCTATECH_TEST_RUN"
WATCHDOG = Path(__file__).parent / "tests/process_watchdog.py"
PR_SET_PDEATHSIG = 1
PIPE = pytest.StashKey[subprocess.Popen[bytes]]()

# In a new clone the first text waits for the tables of Unicode, and a machine may be busy.
settings.register_profile("tests", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("tests")

_start = subprocess.Popen.__init__


def _start_marked(self: subprocess.Popen[Any], *args: Any, env: Any = None, **kwargs: Any) -> None:
    """Starts a process with the mark, also where a test chooses the environment. asyncio uses it as well."""
    _start(self, *args, env=env if env is None else {**env, MARK: os.environ[MARK]}, **kwargs)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a worker of xdist has the mark of its run
        os.environ[MARK] = mark = uuid.uuid4().hex
        environ = {name: value for name, value in os.environ.items() if name != MARK}
        watchdog = [sys.executable, "-I", str(WATCHDOG), mark]
        config.stash[PIPE] = subprocess.Popen(watchdog, stdin=subprocess.PIPE, env=environ, start_new_session=True)
        if "MAKELEVEL" in os.environ and sys.platform == "linux":
            # A killed `make` cannot pass a signal on, so the kernel does.
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    subprocess.Popen.__init__ = _start_marked  # type: ignore[method-assign]


def pytest_unconfigure(config: pytest.Config) -> None:
    if PIPE in config.stash:
        with config.stash[PIPE]:
            pass  # closes the pipe and waits until every process of the run has ended
