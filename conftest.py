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
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

MARK = "OCTATECH_TEST_RUN"
ROOT = Path(__file__).parent
WATCHDOG = ROOT / "tests/process_watchdog.py"
PR_SET_PDEATHSIG = 1
PIPE = pytest.StashKey[subprocess.Popen[bytes]]()

SLOW_FILES = (
    "packages/ops/tests/runbooks/test_rehearsals.py",
    "packages/shared/tests/postgres/test_cluster.py",
    "packages/ops/tests/dev/test_dev_supervisor.py",
    "tests/journeys/test_every_page.py",
    "packages/shared/tests/postgres/test_address.py",
    "packages/web/tests/test_browser.py",
    "tests/fuzz/test_document.py",
    "tests/test_interrupted_run.py",
    "packages/ops/tests/backup/test_drill.py",
    "tests/journeys/test_records.py",
    "packages/ops/tests/image/test_image.py",
    "tests/scaling/test_rolling.py",
    "packages/ops/tests/backup/test_versions.py",
    "packages/ops/tests/pitr/test_recovery.py",
    "packages/ops/tests/init/test_fork.py",
    "packages/ops/tests/verify/test_run.py",
    "packages/ops/tests/backup/test_bad_days.py",
    "tests/journeys/test_outage.py",
    "tests/journeys/test_passkeys.py",
    "tests/journeys/test_colleagues.py",
    "tests/journeys/test_openid.py",
    "tests/scaling/test_sharing.py",
    "tests/crash/test_postgres.py",
    "tests/test_new_field.py",
    "tests/canary/test_service.py",
    "tests/journeys/test_enquiry.py",
    "tests/crash/test_worker.py",
    "packages/ops/tests/backup/test_memory.py",
    "tests/crash/test_intake.py",
    "tests/scaling/test_previous_release.py",
    "tests/canary/test_boot.py",
)
"""Files that take ten seconds or more with few tests, the slowest first."""

# In a new clone the first text waits for the tables of Unicode, and a machine may be busy.
settings.register_profile(
    "tests", suppress_health_check=[HealthCheck.too_slow], deadline=None,
    # A laptop looks for new examples in each run. CI repeats its own, so that a red run is due to the change.
    derandomize="CI" in os.environ,
)  # fmt: skip
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
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell that starts the run in the background has it ignore Ctrl-C, and with it every program it starts.
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts slow files first and then those with the most tests, so that no worker is left alone with a long file."""
    order = {ROOT / name: number for number, name in enumerate(SLOW_FILES)}
    if gone := [str(file) for file in order if not file.exists()]:
        raise pytest.UsageError(f"SLOW_FILES in conftest.py names files that do not exist: {', '.join(gone)}")
    sizes = Counter(item.path for item in items)
    items.sort(key=lambda item: (order.get(item.path, len(order)), -sizes[item.path]))


def pytest_unconfigure(config: pytest.Config) -> None:
    if PIPE in config.stash:
        with config.stash[PIPE]:
            pass  # closes the pipe and waits until every process of the run has ended
