"""The time, which tests may set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_set: ContextVar[datetime | None] = ContextVar("set_time", default=None)


def now() -> datetime:
    """The time now, aware, in UTC."""
    return _set.get() or datetime.now(UTC)


def today(zone: str) -> date:
    """The date it is now in the time zone `zone` (an IANA name)."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be `moment` within the block and whatever it awaits or starts."""
    token = _set.set(moment)
    try:
        yield
    finally:
        _set.reset(token)
