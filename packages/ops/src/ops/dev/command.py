"""Runs `ops dev` as a program: reads the settings, listens for signals, ends with a status."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Iterator, Mapping

from house import postgres, site
from ops.dev import settings as reading
from ops.dev.faults import Trouble
from ops.dev.live import live
from ops.dev.screen import Screen
from ops.dev.settings import BadSettings, Part, Settings
from ops.dev.signin import SignIn, kept

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_PDEATHSIG = 1


def run(environ: Mapping[str, str], only: Part | None) -> int:
    """The exit status: 0 when somebody stopped it, 1 when something was wrong."""
    screen = Screen()
    if "MAKELEVEL" in environ:
        _end_with_parent()
    try:
        settings = reading.read(environ, only)
        facts = site.load()
    except BadSettings as fault:
        for line in fault.faults:
            screen.trouble(line)
        return 1
    except site.BadSite as fault:
        screen.trouble(str(fault))
        return 1
    (settings.data_dir / "logs").mkdir(exist_ok=True)
    sign_in = kept(settings.data_dir, settings.admin_email, settings.admin_password, f"admin@{facts.domains.site}")
    return asyncio.run(_until_stopped(settings, sign_in, screen))


async def _until_stopped(settings: Settings, sign_in: SignIn, screen: Screen) -> int:
    living = asyncio.create_task(live(settings, sign_in, screen))
    loop = asyncio.get_running_loop()
    for number in STOPS:
        loop.add_signal_handler(number, living.cancel)
    try:
        await living
    except asyncio.CancelledError:
        screen.note("Stopped.")
        return 0
    except ExceptionGroup as group:
        expected, bugs = group.split((Trouble, postgres.CannotStart))
        if bugs:
            raise bugs from None
        for fault in _leaves(expected):
            screen.trouble(str(fault))
    return 1


def _leaves(fault: BaseException | None) -> Iterator[BaseException]:
    if isinstance(fault, BaseExceptionGroup):
        for inner in fault.exceptions:
            yield from _leaves(inner)
    elif fault:
        yield fault


def _end_with_parent() -> None:
    """A killed `make` cannot pass on its end, so the kernel does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() == 1:
            os.kill(os.getpid(), signal.SIGTERM)
