"""What every command of `ops backup` begins and ends with."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import typer

from house import postgres
from ops.backup import settings
from ops.backup import store as stores
from ops.backup.faults import Trouble
from ops.backup.screen import Screen
from ops.backup.settings import Need, Settings
from ops.backup.store import Store


def now() -> datetime:
    return datetime.now(UTC)


def ended(screen: Screen, work: Callable[[], int]) -> int:
    """The exit status of `work`; expected trouble is told in its own words."""
    before = signal.signal(signal.SIGTERM, _interrupted)  # a host that stops us lets us clear up, as Ctrl-C does
    try:
        return work()
    except Trouble as fault:
        screen.trouble(str(fault))
        return fault.status
    except postgres.CannotStart as fault:
        screen.trouble(str(fault))
        return 1
    except KeyboardInterrupt:
        screen.trouble("Stopped.")
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def at_hand(*needs: Need, identity: Path | None = None) -> tuple[Settings, Store]:
    found = settings.read(os.environ, needs, identity)
    return found, stores.opened(found.store, os.environ)


def agreed(screen: Screen, question: str, *, yes: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        screen.note("Nothing was done: say --yes.")
        return False
    with suppress(typer.Abort):
        return typer.confirm(question, err=True)
    return False
