"""Runs `ops uptime …` as a program: says what happens, ends with a status."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import sqlite3
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import msgspec
from rich.console import Console

from house import site as sites
from house.site import BadSite
from ops.uptime import place, reading, store, windows
from ops.uptime import report as reports
from ops.uptime.clock import SystemClock
from ops.uptime.faults import Trouble
from ops.uptime.place import Watch
from ops.uptime.status import Status
from ops.uptime.store import BadStore

if TYPE_CHECKING:
    from ops.uptime.diary import Say
    from ops.uptime.running import Orders

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
KEPT, SPENT, CANNOT = 0, 1, 2

_EXPECTED = (Trouble, BadSite, OSError, sqlite3.Error)

P = ParamSpec("P")


def expecting(do: Callable[P, int]) -> Callable[P, int]:
    """Expected trouble becomes one line, and the status 2."""

    @functools.wraps(do)
    def done(*given: P.args, **named: P.kwargs) -> int:
        try:
            return do(*given, **named)
        except _EXPECTED as fault:
            _complain(str(fault))
            return CANNOT

    return done


@expecting
def run(
    environ: Mapping[str, str],
    watch: Watch,
    named: Path | None,
    *,
    every_s: int | None,
    rounds: int,
    page: Path | None,
    commit: str,
    as_json: bool,
) -> int:
    """The exit status: 0 when somebody stopped it or the rounds are done, 2 when it cannot begin."""
    # The report needs neither HTTP nor the CRM's rules, so only this command loads them.
    from ops.uptime.heartbeat import Heartbeat  # noqa: PLC0415
    from ops.uptime.outbox import unfit  # noqa: PLC0415
    from ops.uptime.prober import Pace  # noqa: PLC0415
    from ops.uptime.running import Orders  # noqa: PLC0415

    site = sites.load()
    here = place.folder(environ, watch, named)
    channels, ping = place.channels(environ), place.ping(environ)
    faults = unfit(channels) + ([f"UPTIME_PING_URL: {fault}"] if ping and (fault := Heartbeat(ping).fault()) else [])
    for line in faults:
        _complain(line)
    if faults:
        return CANNOT
    pace = Pace((every_s or site.uptime.every_s) * 1000, rounds)
    targets = place.watched(environ, watch, site, commit)
    orders = Orders(site, here, targets, pace, channels, ping, page, sites.find().parent)
    with place.alone(here), contextlib.closing(store.create(here)) as opened:
        say = _in_json if as_json else _in_words
        say(f"Watching {len(targets)} targets every {pace.every_ms // 1000} s; kept in {here}")
        if not channels:
            say("Nobody is alerted: UPTIME_ALERT_URLS is empty.")
        asyncio.run(_until_stopped(orders, opened, say))
    return KEPT


async def _until_stopped(orders: Orders, opened: store.Store, say: Say) -> None:
    from ops.uptime import running  # noqa: PLC0415

    watching = asyncio.create_task(running.watch(orders, opened, say))
    loop = asyncio.get_running_loop()
    for number in STOPS:
        loop.add_signal_handler(number, watching.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await watching


@expecting
def report(environ: Mapping[str, str], watch: Watch, named: Path | None, asked: str, *, as_json: bool) -> int:
    """The exit status: 0 while every target has budget left, 1 when one has none, 2 when there is nothing to tell."""
    now = SystemClock().now()
    site = sites.load()
    here = place.folder(environ, watch, named)
    targets = place.watched(environ, watch, site)
    shown = [windows.read(asked, now)] if asked else windows.usual(now)
    with contextlib.closing(store.existing(here)) as opened:
        found = reading.report(opened, here, targets, site, windows=shown, now=now)
    if as_json:
        sys.stdout.buffer.write(reports.document(found) + b"\n")
    else:
        names = {target.key: target.name for target in targets}
        # Lines in a file need no breaks.
        reports.tell(found, names, Console(highlight=False, width=None if sys.stdout.isatty() else 200))
    return KEPT if found.ok else SPENT


@expecting
def page(environ: Mapping[str, str], watch: Watch, named: Path | None, out: Path, given: Path | None) -> int:
    """The exit status: 0 when the page was written, 2 when it could not be."""
    from ops.uptime import page as pages  # noqa: PLC0415

    site = sites.load()
    if given is not None:
        status = _read(given)
    else:
        here = place.folder(environ, watch, named)
        with contextlib.closing(store.existing(here)) as opened:
            targets = place.watched(environ, watch, site)
            status = reading.status(opened, here, targets, site, SystemClock().now())
    for path in pages.write(status, site, sites.find().parent, out):
        Console(highlight=False, soft_wrap=True).print(f"{path}: {path.stat().st_size} bytes")
    return KEPT


def _read(path: Path) -> Status:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Status)
    except msgspec.DecodeError as fault:
        raise BadStore(f"{path} is no status document: {fault}") from fault


def _complain(line: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(line, style="red", markup=False)


def _in_words(line: str) -> None:
    now = windows.moment(SystemClock().now())
    Console(highlight=False, soft_wrap=True).print(f"{now:%Y-%m-%d %H:%M:%S} {line}", markup=False)


def _in_json(line: str) -> None:
    told = {"timestamp": windows.stamp(SystemClock().now()), "level": "info", "message": line}
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()
