"""Maintenance that was announced, read from `maintenance.toml`.

[[window]]
begins = 2026-11-25T01:00:00Z
ends = 2026-11-25T02:00:00Z
targets = ["api", "crm"]      # left out: all of them
what = "A newer database"
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from ops.uptime import spans, windows
from ops.uptime.faults import Trouble
from ops.uptime.spans import Span

FILE_NAME = "maintenance.toml"


class BadMaintenance(Trouble):
    """The file cannot be read; the message names it and what is wrong."""


class Planned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    begins: datetime
    ends: datetime
    what: str
    targets: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        return Span(windows.milliseconds(self.begins), windows.milliseconds(self.ends))

    def concerns(self, target: str) -> bool:
        return not self.targets or target in self.targets


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    window: tuple[Planned, ...] = ()


def read(path: Path, known: Iterable[str]) -> tuple[Planned, ...]:
    """The windows of the file; none where there is no file. Raises `BadMaintenance`, also for an unknown target."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        planned = msgspec.convert(raw, _File).window
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise BadMaintenance(f"{path}: {fault}") from fault
    for number, window in enumerate(planned, start=1):
        _check(path, number, window, set(known))
    return planned


def _check(path: Path, number: int, window: Planned, known: set[str]) -> None:
    where = f"{path}: window {number}"
    if window.begins.tzinfo is None or window.ends.tzinfo is None:
        raise BadMaintenance(f"{where} names no time zone. Write its times as 2026-11-25T01:00:00Z.")
    if window.span.length <= 0:
        raise BadMaintenance(f"{where} ends before it begins.")
    strange = set(window.targets) - known
    if strange:
        raise BadMaintenance(f"{where} names {sorted(strange)[0]!r}. Targets are: {', '.join(sorted(known))}.")


def of_target(planned: Iterable[Planned], target: str) -> list[Span]:
    """When this target was or will be in maintenance; windows that overlap count once."""
    return spans.merged(window.span for window in planned if window.concerns(target))
