"""Runs `ops dev`: reads the settings, starts everything, stops on a signal."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Mapping

from ops.cli import run_command
from ops.dev.dev_credentials import Credentials, load_credentials
from ops.dev.dev_supervisor import supervise
from ops.dev.output import DevOutput
from ops.dev.settings import Part, Settings, read_settings
from shared import site_config

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(environ: Mapping[str, str], only: Part | None) -> int:
    """Returns 0 when a signal stopped it, 1 when something failed, 2 for a wrong setting."""
    output = DevOutput()
    if "MAKELEVEL" in environ:
        _stop_with_parent()
    return run_command(output, lambda: _run(environ, only, output))


def _run(environ: Mapping[str, str], only: Part | None, output: DevOutput) -> int:
    settings = read_settings(environ, only)
    default_email = f"admin@{site_config.load().domains.site}"
    (settings.data_dir / "logs").mkdir(exist_ok=True)
    credentials = load_credentials(settings.data_dir, settings.admin_email, settings.admin_password, default_email)
    return asyncio.run(_run_until_stopped(settings, credentials, output))


async def _run_until_stopped(settings: Settings, credentials: Credentials, output: DevOutput) -> int:
    task = asyncio.create_task(supervise(settings, credentials, output))
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await asyncio.wait([task])
    if task.cancelled():
        output.note("Stopped.")
        return 0
    error = task.exception()
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]  # the first failure cancels everything else
    raise error or AssertionError("Only a signal or an error ends it.")


def _stop_with_parent() -> None:
    """Asks the kernel for SIGTERM when the parent dies: a killed `make` cannot pass a signal on."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
        if os.getppid() == 1:
            signal.raise_signal(signal.SIGTERM)
