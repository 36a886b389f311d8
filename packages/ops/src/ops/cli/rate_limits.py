"""The rate limits that an API states in its headers. Railway and GitHub use the same names."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

DAY_S = 86_400


class RateLimits(NamedTuple):
    """Requests left in the window, its end, and how long to wait, as the headers have them."""

    remaining: int | None = None
    reset: str = ""
    retry_after: str = ""

    def silence_s(self, now: float) -> float | None:
        """Returns the seconds to wait at `now` (seconds since 1970), or None where the API asks for none."""
        return _count_seconds(self.retry_after or (self.reset if self.remaining == 0 else ""), now)

    def window_s(self, now: float) -> float | None:
        """Returns the seconds until the window ends."""
        return _count_seconds(self.reset, now)


def read_rate_limits(headers: Mapping[str, str]) -> RateLimits:
    """Reads the headers. `headers` must find names in any case."""
    left = headers.get("x-ratelimit-remaining", "")
    reset, retry_after = (headers.get(name, "").strip() for name in ("x-ratelimit-reset", "retry-after"))
    return RateLimits(int(left) if left.isdecimal() else None, reset, retry_after)


def _count_seconds(text: str, now: float) -> float | None:
    """Reads a number of seconds, a moment in seconds since 1970, or an ISO 8601 date."""
    with suppress(ValueError):
        moment = float(text) if text.isdecimal() else datetime.fromisoformat(text).timestamp()
        return moment if moment <= DAY_S else max(0.0, moment - now)
    return None
