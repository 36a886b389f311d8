"""What an API says of how often it may be asked. Railway and GitHub use the same names of headers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

A_DAY_S = 86_400


class Limits(NamedTuple):
    """Questions left in the window, when it ends, and how long to be silent; as told, empty where nothing was."""

    remaining: int | None = None
    reset: str = ""
    retry_after: str = ""

    def silence_s(self, now: float) -> float | None:
        """Seconds to be silent from `now` (seconds since 1970); nothing when nothing was asked for."""
        if self.retry_after:
            return _until(self.retry_after, now)
        return _until(self.reset, now) if self.remaining == 0 and self.reset else None

    def window_s(self, now: float) -> float | None:
        """Seconds until questions are given anew."""
        return _until(self.reset, now) if self.reset else None


def read(headers: Mapping[str, str]) -> Limits:
    """`headers` must find names whatever their case."""
    left = headers.get("x-ratelimit-remaining", "")
    return Limits(
        int(left) if left.isdecimal() else None,
        headers.get("x-ratelimit-reset", "").strip(),
        headers.get("retry-after", "").strip(),
    )


def _until(told: str, now: float) -> float | None:
    """A number of seconds, a moment in seconds or milliseconds since 1970, or a date as ISO 8601 or HTTP write it."""
    if told.replace(".", "", 1).isdecimal():
        number = float(told)
        if number <= A_DAY_S:
            return number
        return max(0.0, (number / 1000 if number > 1e11 else number) - now)
    for reading in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = reading(told)
        except ValueError:
            continue
        return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now)
    return None
